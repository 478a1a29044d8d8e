// Comfort only: every page works without it.
(() => {
  'use strict';
  for (const button of document.querySelectorAll('[data-copy]')) {
    const source = document.getElementById(button.dataset.copy);
    const said = document.getElementById(button.dataset.said);
    if (!source || !navigator.clipboard) continue;
    button.hidden = false;
    button.addEventListener('click', async () => {
      // A secret is one word; a list has a line for each item.
      const items = [...source.querySelectorAll('code')].map((item) => item.textContent);
      const whole = source.textContent.replace(/\s+/g, '');
      await navigator.clipboard.writeText(items.length > 0 ? items.join('\n') : whole);
      if (said) said.textContent = button.dataset.copied;
    });
  }
  for (const form of document.querySelectorAll('form')) {
    form.addEventListener('submit', (event) => {
      if (form.dataset.sent) event.preventDefault();
      form.dataset.sent = 'yes';
    });
    if ('autosubmit' in form.dataset) form.requestSubmit();
  }
  for (const button of document.querySelectorAll('[data-print]')) {
    button.hidden = false;
    button.addEventListener('click', () => print());
  }
  // "Send again" once its time has come.
  for (const button of document.querySelectorAll('[data-wait]')) {
    const text = button.parentElement.querySelector('[data-wait-text]');
    const until = Date.now() + Number(button.dataset.wait) * 1000;
    const tick = () => {
      const seconds = Math.ceil((until - Date.now()) / 1000);
      button.disabled = seconds > 0;
      if (text) text.textContent = text.textContent.replace(/\d+/, String(Math.max(0, seconds)));
      if (text && seconds <= 0) text.remove();
      if (seconds > 0) setTimeout(tick, 1000);
    };
    tick();
  }
  // What becomes of a mail that is on its way, without loading the page again.
  const look = async (left) => {
    const sent = document.querySelector('[data-sent="queued"]');
    if (!sent || left === 0) return;
    const answer = await fetch(location.href).catch(() => null);
    const page = answer?.ok
      ? new DOMParser().parseFromString(await answer.text(), 'text/html')
      : null;
    const news = page?.querySelector('[data-sent]');
    if (news && news.dataset.sent !== 'queued') sent.replaceWith(document.adoptNode(news));
    else setTimeout(look, 2000, left - 1);
  };
  setTimeout(look, 700, 30);
  // A page that comes out of the back button's memory can be sent again.
  addEventListener('pageshow', () => {
    for (const form of document.querySelectorAll('form')) delete form.dataset.sent;
  });
})();
