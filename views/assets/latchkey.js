// Comfort only: every page works without it.
(() => {
  'use strict';

  function copies(button) {
    const source = document.getElementById(button.dataset.copy);
    const said = document.getElementById(button.dataset.said);
    if (!source || !navigator.clipboard) return;
    button.hidden = false;
    button.addEventListener('click', async () => {
      // A secret is one word; a list has a line for each item that still works.
      const items = [...source.querySelectorAll('li:not(.used) code')];
      const lines = items.map((item) => item.textContent).join('\n');
      // Emptied first: the same words once more would not be told again.
      if (said) said.textContent = '';
      try {
        const text = source.textContent;
        const whole = source.tagName === 'PRE' ? text : text.replace(/\s+/g, '');
        await navigator.clipboard.writeText(lines || whole);
        if (said) said.textContent = button.dataset.copied;
      } catch {
        // The browser doesn't allow it: what is selected can be copied by hand.
        getSelection().selectAllChildren(source);
      }
    });
  }

  function prints(button) {
    button.hidden = false;
    button.addEventListener('click', () => print());
  }

  // "Show password": until the form is sent or the page is left. Browsers remember what was sent of a box
  // of text, and would offer it to whoever comes next.
  function shows(button) {
    const ids = button.getAttribute('aria-controls').split(' ');
    const boxes = ids.map((id) => document.getElementById(id));
    const words = { password: button.textContent, text: button.dataset.hide };
    const turn = (type) => {
      for (const box of boxes) box.type = type;
      button.textContent = words[type];
    };
    const hide = () => turn('password');
    button.hidden = false;
    button.addEventListener('click', () => turn(boxes[0].type === 'text' ? 'password' : 'text'));
    button.form.addEventListener('submit', hide);
    addEventListener('pagehide', hide);
  }

  // Enter in a box before the last one, "next" on a phone's keyboard: not while the next one is empty.
  function goesOn(box) {
    box.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' || event.isComposing) return;
      const boxes = [...box.form.querySelectorAll('[enterkeyhint]')];
      const next = boxes[boxes.indexOf(box) + 1];
      if (!next || next.value !== '' || next.matches(':autofill')) return;
      event.preventDefault();
      next.focus();
    });
  }

  function submitsOnce(form) {
    form.addEventListener('submit', (event) => {
      if (form.dataset.submitted) event.preventDefault();
      form.dataset.submitted = 'yes';
    });
  }

  // "Send again" once its time has come. The text is in no live region: nobody wants to hear seconds.
  function waits(button) {
    const text = document.querySelector('[data-wait-text]');
    const until = Date.now() + Number(button.dataset.wait) * 1000;
    const tick = () => {
      const seconds = Math.ceil((until - Date.now()) / 1000);
      button.disabled = seconds > 0;
      if (seconds <= 0) return text?.remove();
      if (text) text.textContent = text.textContent.replace(/\d+/, seconds);
      setTimeout(tick, (until - Date.now()) % 1000 || 1000);
    };
    tick();
  }

  // What becomes of a mail that is on its way, without loading the page again. Only the words of the
  // status change: the box that somebody is typing into stays, and screen readers tell it politely.
  async function look(status, pause, left) {
    const news = document.hidden ? status : await statusNow();
    if (!news || left === 0) return;
    if (news.dataset.sent === 'queued')
      return setTimeout(look, pause, status, Math.min(pause * 1.2, 10_000), left - 1);
    status.dataset.sent = news.dataset.sent;
    status.textContent = news.textContent;
  }

  async function statusNow() {
    try {
      // A redirect means that the sign-in is somewhere else by now.
      const answer = await fetch(location.href, { redirect: 'manual' });
      if (answer.status >= 500) throw new Error('Later, maybe.');
      const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
      return page.querySelector('[data-sent]');
    } catch {
      return document.querySelector('[data-sent]');
    }
  }

  // "/" goes to the search of the page, or to the page that has one.
  function searches(event) {
    const { key, ctrlKey, metaKey, altKey, target } = event;
    const isTyping = target.closest(
      'input, select, textarea, [contenteditable], [popover]:popover-open',
    );
    if (key !== '/' || ctrlKey || metaKey || altKey || isTyping) return;
    const link = document.querySelector('a[data-search]');
    if (!document.querySelector('[role=search] input') && !link) return;
    event.preventDefault();
    if (!goToSearch()) location.assign(`${link.href}#search`);
  }

  function goToSearch() {
    const box = document.querySelector('[role=search] input');
    box?.focus();
    box?.select();
    return box;
  }

  // Times are written by the server, in the zone that this names.
  function tellsZone() {
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    const secure = location.protocol === 'https:';
    const name = secure ? '__Host-latchkey_zone' : 'latchkey_zone';
    document.cookie = `${name}=${zone}; Path=/; Max-Age=31536000; SameSite=Lax${secure ? '; Secure' : ''}`;
  }

  if (Intl.DateTimeFormat().resolvedOptions().timeZone) tellsZone();
  document.addEventListener('keydown', searches);
  if (location.hash === '#search') goToSearch();
  document.querySelectorAll('[data-copy]').forEach(copies);
  document.querySelectorAll('[data-print]').forEach(prints);
  document.querySelectorAll('[data-wait]').forEach(waits);
  document.querySelectorAll('.show').forEach(shows);
  document.querySelectorAll('[enterkeyhint=next]').forEach(goesOn);
  document.querySelectorAll('form').forEach(submitsOnce);
  const queued = document.querySelector('[data-sent="queued"]');
  if (queued) setTimeout(look, 700, queued, 2000, 100);
  // A page that comes out of the back button's memory can be sent again. One that is new has not been
  // sent, but for an answer to an app, which goes out as the page is read and is good for once.
  addEventListener('pageshow', ({ persisted }) => {
    if (!persisted) return;
    for (const form of document.querySelectorAll('form')) delete form.dataset.submitted;
  });
})();
