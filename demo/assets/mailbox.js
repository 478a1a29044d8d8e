/** Keeps the marked parts of the page as the server has them now, once a second, while somebody looks. */
async function refresh() {
  const answer = document.hidden ? undefined : await fetch('/').catch(() => undefined);
  if (!answer?.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html');
  for (const part of document.querySelectorAll('[data-live]')) {
    const now = fresh.getElementById(part.id);
    // What hasn't changed stays, and with it what somebody has selected in it.
    if (now && now.innerHTML !== part.innerHTML) part.replaceChildren(...now.childNodes);
  }
}

async function again() {
  await refresh();
  setTimeout(again, 1000);
}

void again();
