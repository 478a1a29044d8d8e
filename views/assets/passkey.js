// Buttons that ask the browser for a passkey (WebAuthn Level 3) and send its answer with their form;
// and, where the box for the login name says so (`webauthn`), the list under it, which offers them too.
(() => {
  'use strict';
  const { PublicKeyCredential } = window;
  const asks = {
    get: (options, more) =>
      navigator.credentials.get({
        ...more,
        publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options),
      }),
    create: (options) =>
      navigator.credentials.create({
        publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options),
      }),
  };
  const supported = Boolean(
    PublicKeyCredential?.parseRequestOptionsFromJSON &&
    PublicKeyCredential.parseCreationOptionsFromJSON &&
    PublicKeyCredential.prototype.toJSON,
  );
  // Browsers don't tell a cancelled request from one that nobody answered.
  const reasons = {
    NotAllowedError: 'cancelled',
    AbortError: 'cancelled',
    InvalidStateError: 'known',
    NotSupportedError: 'unsupported',
    ConstraintError: 'unsupported',
  };

  function say(form, text) {
    const notice = form.querySelector('[data-passkey-said] > *');
    if (!notice) return;
    notice.firstElementChild.textContent = text;
    notice.hidden = text === '';
  }

  const askFor = ({ dataset }, more) => asks[dataset.passkey](JSON.parse(dataset.options), more);

  function send(button, credential) {
    button.form.elements.namedItem('response').value = JSON.stringify(credential.toJSON());
    button.form.requestSubmit(button);
  }

  /** Was it sent? */
  async function ask(button) {
    const { form, dataset } = button;
    say(form, '');
    try {
      send(button, await askFor(button));
      return true;
    } catch (error) {
      say(form, dataset[reasons[error.name] ?? 'failed']);
      return false;
    }
  }

  // The request waits for as long as the page is shown. A browser takes one at a time, so it makes way
  // for the button; and it ends with the page, which otherwise couldn't be kept for "back".
  function waitsInBox(button, box) {
    let controller;
    let waiting;
    // A request that is told to end before it has quite begun may never say that it has.
    const stop = () => {
      controller?.abort();
      return Promise.race([waiting, new Promise((resolve) => setTimeout(resolve, 300))]);
    };
    const start = async () => {
      await stop();
      controller = new AbortController();
      waiting = wait(controller.signal);
    };
    async function wait(signal) {
      try {
        const credential = await askFor(button, { mediation: 'conditional', signal });
        if (!signal.aborted) send(button, credential);
      } catch {
        // It failed: not at once again, or it might do so for ever.
        if (!signal.aborted) box.addEventListener('focus', start, { once: true });
      }
    }
    addEventListener('pagehide', stop);
    void start();
    return { start, stop };
  }

  // Each challenge is good for one answer, and a page that was kept for "back" may be older than the
  // last one. False: the sign-in is elsewhere by now.
  async function renew(button) {
    try {
      const answer = await fetch(location.href, { redirect: 'manual' });
      const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
      const { options } =
        page.querySelector(`[data-passkey=${button.dataset.passkey}]`)?.dataset ?? {};
      if (options) button.dataset.options = options;
      return Boolean(options);
    } catch {
      return true;
    }
  }

  async function boxFor(button) {
    const box = document.querySelector('input[autocomplete~=webauthn]');
    if (!box || button.dataset.passkey !== 'get') return undefined;
    const can = await PublicKeyCredential.isConditionalMediationAvailable?.();
    return can ? waitsInBox(button, box) : undefined;
  }

  for (const button of document.querySelectorAll('[data-passkey]')) {
    if (!supported) {
      // Where it is only an offer beside another way, there is nothing to say.
      if (!('offer' in button.dataset)) say(button.form, button.dataset.unsupported);
      continue;
    }
    button.hidden = false;
    const inBox = boxFor(button).catch(() => undefined);
    addEventListener('pageshow', async ({ persisted }) => {
      if (persisted && (await renew(button))) await (await inBox)?.start();
    });
    let asking = false;
    button.addEventListener('click', async (event) => {
      event.preventDefault();
      if (asking || !button.form.reportValidity()) return;
      asking = true;
      const other = await inBox;
      await other?.stop();
      if (!(await ask(button))) await other?.start();
      asking = false;
    });
  }
})();
