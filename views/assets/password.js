// How strong a new password is, while it is typed: a help for the eye. The server alone decides.
(() => {
  'use strict';

  const LEVELS = ['short', 'weak', 'fair', 'good', 'strong'];
  /** Bits from which on a level is reached. */
  const BITS = [0, 0, 35, 50, 66];
  const ROWS = ['12345678901', 'qwertyuiop', 'qwertzuiop', 'azertyuiop', 'asdfghjkl', 'zxcvbnm'];
  const COMMON =
    /pass(?:word|wort)?|qwert[yz]?|letmein|welcome|admin|iloveyou|monkey|dragon|master|football|baseball|summer|winter|spring|autumn|sunshine|princess|shadow|secret|login|hello|latchkey|\b(?:19|20)\d\d\b/g;

  const areNeighbours = (a, b) =>
    Math.abs(a.codePointAt(0) - b.codePointAt(0)) <= 1 ||
    ROWS.some((row) => row.includes(a + b) || row.includes(b + a));

  /** What one more character adds, in bits: words have little to a letter. `known`: a third one of a row, or a repetition. */
  function bitsOf(character, before, known) {
    if (known) return 0.5;
    if (/\p{Script=Han}/u.test(character)) return 7;
    if (isLetter(character)) return before && !isLetter(before) ? 4 : 2.6;
    return /\d/.test(character) ? 3 : 4;
  }

  const isLetter = (character) => /\p{L}/u.test(character);

  function estimate(password, own) {
    const names = own.filter((name) => name.length > 3);
    const rest = names.reduce((left, name) => left.replaceAll(name, '·'), fold(password));
    const characters = [...rest.replace(COMMON, '·')];
    const seen = new Set();
    let bits = mixed(password) ? 8 : 0;
    for (const [at, character] of characters.entries()) {
      const three = characters.slice(Math.max(0, at - 2), at + 1);
      const known = seen.has(three.join('')) || isRow(three);
      if (three.length === 3) seen.add(three.join(''));
      bits += bitsOf(character, characters[at - 1], known);
    }
    return bits;
  }

  const isRow = ([a, b, c]) => c !== undefined && areNeighbours(a, b) && areNeighbours(b, c);
  const fold = (text) => text.normalize('NFKC').toLowerCase();
  /** Capitals in other places than the first. */
  const mixed = (text) => /\p{Ll}/u.test(text) && /\p{Lu}/u.test(text.slice(1));

  function levelOf(password, minimum, own) {
    if ([...password.normalize('NFKC')].length < minimum) return 0;
    const bits = estimate(password, own);
    return Math.max(
      1,
      BITS.findLastIndex((least) => bits >= least),
    );
  }

  function measures(strength) {
    const box = document.getElementById(strength.dataset.strength);
    const said = strength.querySelector('[role=status]');
    if (!box || !said) return;
    const login = box.form?.querySelector('[autocomplete~=username]');
    const minimum = Number(strength.dataset.minimum);
    box.addEventListener('input', () => {
      const own = fold(login?.value ?? '').split(/[\s@._+-]+/);
      const level = levelOf(box.value, minimum, own);
      strength.hidden = box.value === '';
      strength.dataset.level = level;
      const words = strength.dataset[LEVELS[level]];
      if (said.textContent !== words) said.textContent = words;
    });
  }

  document.querySelectorAll('[data-strength]').forEach(measures);
})();
