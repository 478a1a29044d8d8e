// The answer to an app goes on by itself (oidc/form-post). Simple enough for whatever runs scripts at all: the
// browser inside of an old program, or HtmlUnit, by which providers are tested, read not a word of latchkey.js.
document.forms[0].setAttribute('data-submitted', 'yes');
document.forms[0].setAttribute('class', 'stuck');
document.forms[0].submit();
