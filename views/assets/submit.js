// Sends the page's one form at once. In words that the oldest browser knows: all else on the page is comfort.
document.forms[0].className = 'stuck';
document.forms[0].submit();
