//! An HTML page as a browser's parser understands it.

use std::collections::BTreeMap;

use html5ever::tendril::TendrilSink;
use html5ever::tokenizer::TokenizerOpts;
use html5ever::tree_builder::TreeBuilderOpts;
use html5ever::{ParseOpts, parse_document};
use markup5ever_rcdom::{Handle, NodeData, RcDom};

/// An element with everything in it.
#[derive(Debug)]
pub(crate) struct Element {
    pub(crate) name: String,
    pub(crate) attributes: BTreeMap<String, String>,
    /// The text of it and of all elements in it.
    pub(crate) text: String,
    pub(crate) children: Vec<Element>,
}

impl Element {
    /// Reads a whole page, which must be valid.
    pub(crate) fn page(text: &str) -> Self {
        let options = ParseOpts {
            tokenizer: TokenizerOpts { exact_errors: true, ..TokenizerOpts::default() },
            tree_builder: TreeBuilderOpts { exact_errors: true, ..TreeBuilderOpts::default() },
        };
        let dom = parse_document(RcDom::default(), options).one(text);
        assert!(dom.errors.borrow().is_empty(), "{:?} in {text}", dom.errors);
        let [root] = &elements(&dom.document)[..] else { panic!("one root in {text}") };
        Self::of(root)
    }

    fn of(handle: &Handle) -> Self {
        let NodeData::Element { name, attrs, .. } = &handle.data else { panic!("an element") };
        let attributes = attrs.borrow().iter().map(|a| (a.name.local.to_string(), a.value.to_string())).collect();
        let mut text = String::new();
        text_of(handle, &mut text);
        let children = elements(handle).iter().map(Self::of).collect();
        Self { name: name.local.to_string(), attributes, text, children }
    }

    /// This element and all in it, in the page's order.
    pub(crate) fn all(&self) -> Vec<&Self> {
        std::iter::once(self).chain(self.children.iter().flat_map(Self::all)).collect()
    }

    /// The elements in it of a name.
    pub(crate) fn named(&self, name: &str) -> Vec<&Self> {
        self.all().into_iter().filter(|element| element.name == name).collect()
    }

    /// The elements in it of a class.
    pub(crate) fn of_class(&self, class: &str) -> Vec<&Self> {
        self.all().into_iter().filter(|element| element.attribute("class").split(' ').any(|one| one == class)).collect()
    }

    /// An attribute's value; nothing when it is not there.
    pub(crate) fn attribute(&self, name: &str) -> &str {
        self.attributes.get(name).map_or("", String::as_str)
    }
}

/// Comments, which no report has, would be noticed here too.
fn elements(handle: &Handle) -> Vec<Handle> {
    let children = handle.children.borrow();
    let comment = children.iter().find(|child| matches!(child.data, NodeData::Comment { .. }));
    assert!(comment.is_none(), "a comment");
    children.iter().filter(|child| matches!(child.data, NodeData::Element { .. })).cloned().collect()
}

fn text_of(handle: &Handle, out: &mut String) {
    if let NodeData::Text { contents } = &handle.data {
        out.push_str(&contents.borrow());
    }
    handle.children.borrow().iter().for_each(|child| text_of(child, out));
}
