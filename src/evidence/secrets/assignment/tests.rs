//! The forms of an assignment.

use super::read;

/// What is assigned to the name with `oken` or `assw` in a text.
fn value(text: &str) -> Option<String> {
    let (at, word) = ["oken", "OKEN", "assw", "ASSW"].iter().find_map(|word| Some((text.find(word)?, word)))?;
    let assigned = read(text.as_bytes(), at, at + word.len())?;
    Some(text[assigned.value].to_owned())
}

const VALUE: &str = "k9Qw3Zr7Tb1Lx5Np8";

#[test]
fn every_form_of_an_assignment_is_read() {
    let forms = [
        "API_TOKEN=⟨⟩",
        "API_TOKEN = ⟨⟩\n",
        "export API_TOKEN='⟨⟩'",
        "API_TOKEN := ⟨⟩",
        "API_TOKEN ?= \"⟨⟩\"",
        "$apiToken .= \"⟨⟩\";",
        "API_TOKEN ||= '⟨⟩'",
        "api_token <- \"⟨⟩\"",
        "apiToken => '⟨⟩'",
        "if apiToken == \"⟨⟩\" {",
        "if (apiToken !== '⟨⟩')",
        "var apiToken string = \"⟨⟩\"",
        "apiToken := \"⟨⟩\"",
        "const API_TOKEN: &'static str = \"⟨⟩\";",
        "let apiToken: String = String::from(\"⟨⟩\");",
        "private apiToken?: string = '⟨⟩';",
        "String apiToken = new String(\"⟨⟩\");",
        "private static final String API_TOKEN = \"⟨⟩\";",
        "char token[] = \"⟨⟩\";",
        "char token[64] = \"⟨⟩\";",
        "std::string token(\"⟨⟩\");",
        "std::string token{\"⟨⟩\"};",
        "NSString *apiToken = @\"⟨⟩\";",
        "token = b'⟨⟩'",
        "token = r\"⟨⟩\"",
        "token = \"\"\"⟨⟩\"\"\"",
        "#define API_TOKEN \"⟨⟩\"",
        "define('API_TOKEN', '⟨⟩');",
        "System.setProperty(\"API_TOKEN\", \"⟨⟩\")",
        "os.environ[\"API_TOKEN\"] = \"⟨⟩\"",
        "ENV['API_TOKEN'] = '⟨⟩'",
        "config.set('api.token', `⟨⟩`);",
        "$apiToken = '⟨⟩';",
        "'token' => '⟨⟩',",
        "\"token\": \"⟨⟩\"",
        "{\"json\": \"{\\\"token\\\": \\\"⟨⟩\\\"}\"}",
        "\"source\": [\"api_token = \\\"⟨⟩\\\"\\n\"]",
        "\"source\": [\"api_token = '⟨⟩'\\n\"]",
        "<apiToken>⟨⟩</apiToken>",
        "<apiToken>\n    ⟨⟩\n</apiToken>",
        "<apiToken><![CDATA[⟨⟩]]></apiToken>",
        "<add key=\"ApiToken\" value=\"⟨⟩\" />",
        "<property name=\"token\">⟨⟩</property>",
        "<key>API_TOKEN</key>\n  <string>⟨⟩</string>",
        "apiToken: ⟨⟩",
        "token: |\n  ⟨⟩\n",
        "token: >-\n    ⟨⟩\n",
        "token:\n    \"⟨⟩\"\n",
        "- name: API_TOKEN\n  value: ⟨⟩\n",
        "- name: API_TOKEN\n  value: \"⟨⟩\"\n",
        "{\"name\": \"API_TOKEN\", \"value\": \"⟨⟩\"}",
        "{ name = \"API_TOKEN\", value = \"⟨⟩\" }",
        "tool --token ⟨⟩ --verbose",
        "tool --token=⟨⟩",
        "tool --password \"⟨⟩\"",
        "ENV API_TOKEN ⟨⟩",
        "ENV API_TOKEN=⟨⟩",
        "ARG API_TOKEN=⟨⟩",
        "setenv API_TOKEN ⟨⟩",
        "set -x API_TOKEN ⟨⟩",
        "machine git.internal login deploy password ⟨⟩",
        "machine git.internal\n  login deploy\n  password ⟨⟩\n",
        "curl -H \"X-Auth-Token: ⟨⟩\" https://x",
        "proxy_set_header X-Auth-Token \"⟨⟩\";",
        "https://x/?token=⟨⟩&next=1",
        "db.password=⟨⟩",
        "db.password = ⟨⟩",
        "token&quot;: &quot;⟨⟩&quot;",
    ];
    let read = |form: &&str| {
        let found = value(&form.replace("⟨⟩", VALUE));
        found.is_none_or(|found| !found.starts_with(VALUE))
    };
    let missed: Vec<_> = forms.iter().filter(|form| read(form)).collect();
    assert!(missed.is_empty(), "{missed:#?}");
}

#[test]
fn what_is_no_assignment_is_none() {
    let forms = [
        "the token is not here",
        "token",
        "token.",
        "token =",
        "tokens, and passwords",
        "password:\n  - one\n",
        "fn token() -> Option<String> {",
        "see <token> below",
        "token = \"two words\"",
        "password V",
        "if token { V }",
    ];
    let taken: Vec<_> = forms.iter().filter(|form| value(form).is_some_and(|found| found != "V")).collect();
    assert!(taken.is_empty(), "{taken:#?}");
}
