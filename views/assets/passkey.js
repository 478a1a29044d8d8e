// Buttons that ask the browser for a passkey (WebAuthn Level 3) and send its answer with their form.
(() => {
  'use strict';
  const { PublicKeyCredential } = window;
  const asks = {
    get: (options) =>
      navigator.credentials.get({
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

  async function ask(button) {
    const { form, dataset } = button;
    say(form, '');
    try {
      const credential = await asks[dataset.passkey](JSON.parse(dataset.options));
      form.elements.namedItem('response').value = JSON.stringify(credential.toJSON());
    } catch (error) {
      say(form, dataset[reasons[error.name] ?? 'failed']);
      return;
    }
    form.requestSubmit(button);
  }

  for (const button of document.querySelectorAll('[data-passkey]')) {
    if (!supported) {
      // Where it is only an offer beside another way, there is nothing to say.
      if (!('offer' in button.dataset)) say(button.form, button.dataset.unsupported);
      continue;
    }
    button.hidden = false;
    let asking = false;
    button.addEventListener('click', async (event) => {
      event.preventDefault();
      if (asking || !button.form.reportValidity()) return;
      asking = true;
      await ask(button);
      asking = false;
    });
  }
})();
