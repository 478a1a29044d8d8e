/** The secondary address: given, verified by a code that is mailed to it, removed; and codes by mail, on or off. */
import { shownSender } from '../../../mail/sender.ts';
import {
  removeAddress,
  verifyAddress,
  verifyAddressInput,
} from '../../../operations/account/address-change.ts';
import type { Person } from '../../../records/person.ts';
import {
  addressNews,
  pendingAddress,
  sendAddressCode,
  sendAddressCodeInput,
} from '../../../operations/account/secondary-address.ts';
import { maskAddress } from '../../../text/mailbox.ts';
import { switchEmailCodes } from '../../../operations/factors/switch-email-codes.ts';
import { parseFields, text } from '../../forms.ts';
import type { Notice } from '../../pages.ts';
import { confirm, confirmAgain, type Question } from '../../signed-in/confirm.ts';
import { found, valueOr } from '../../signed-in/found.ts';
import type { Answer } from '../../signed-in/page.ts';
import type { AccountPage, AccountVisit } from '../page.ts';

const PASSWORD = '/account/password';
const ADDRESS = `${PASSWORD}/address`;
const TWO_STEP = '/account/two-step';

const verifyForm = verifyAddressInput.extend({ go: text(20) });

/** Of a refusal: which answer it is. */
const statusOf = ({ code }: Notice): number =>
  ['wait', 'suspended', 'send-again', 'too-many-codes'].includes(code) ? 429 : 400;

export const address: AccountPage = {
  path: ADDRESS,
  operation: 'address.send-code',
  section: 'password',
  fresh: true,

  show: async (visit) => addressPage(visit, null),

  async submit(visit, fields) {
    const parsed = parseFields(sendAddressCodeInput, fields);
    const typed = parsed.ok ? parsed.values.address : '';
    const again = (problem: Notice): Answer =>
      addressPage({ ...visit, held: { address: typed } }, problem, statusOf(problem));
    if (typed.trim() === '') return again({ code: 'email-format', values: {} });
    const { parts, performed, person, browser } = visit;
    const sent = await sendAddressCode(parts, performed, { person, browser }, { address: typed });
    // Too early for another mail: the last one is on its way still.
    if (!sent.ok && sent.problem.code !== 'send-again') return again(sent.problem);
    return { to: `${ADDRESS}/verify` };
  },
};

function addressPage({ person, held }: AccountVisit, problem: Notice | null, status = 200): Answer {
  const typed = held['address'] ?? pendingAddress(person);
  const context = { address: typed, mailbox: person.email, problem };
  return { show: 'account/address', context, status };
}

export const addressVerify: AccountPage = {
  path: `${ADDRESS}/verify`,
  operation: 'address.verify',
  section: 'password',
  fresh: true,

  show: async (visit) => verifyPage(visit, null),

  async submit(visit, fields) {
    const { parts, performed, person, browser } = visit;
    const at = { person, browser };
    const parsed = parseFields(verifyForm, fields);
    const { go, code } = parsed.ok ? parsed.values : { go: '', code: '' };
    if (go === 'send') {
      const sent = await sendAddressCode(parts, performed, at, { address: '' });
      if (sent.ok) return { to: `${ADDRESS}/verify` };
      return verifyPage(visit, sent.problem, statusOf(sent.problem));
    }
    const verified = await verifyAddress(parts, performed, at, { code });
    if (!verified.ok) return verifyPage(visit, verified.problem, statusOf(verified.problem));
    const { epoch, address: proven } = verified.value;
    const said = { what: 'address-verified', values: { address: proven } };
    return { to: PASSWORD, said, ...(epoch === person.epoch ? {} : { carry: { epoch } }) };
  },
};

async function verifyPage(
  { parts, person, who, browser, now }: AccountVisit,
  problem: Notice | null,
  status = 200,
): Promise<Answer> {
  const sent = await addressNews(parts.mailQueue, { person, browser }, now);
  if (!sent) return { to: ADDRESS };
  const context = {
    sent,
    masked: maskAddress(sent.address),
    minutes: Math.round(parts.config.lifetimes.email_code / 60),
    sender: shownSender(parts.config, who.organisation.senderName),
    problem,
  };
  return { show: 'account/address-verify', context, status };
}

export const addressRemove: AccountPage = {
  path: `${ADDRESS}/remove`,
  operation: 'address.remove',
  section: 'password',
  fresh: true,

  async show({ person }) {
    const second = found(person.secondaryEmail ?? undefined, PASSWORD);
    return confirm('address-remove', { back: PASSWORD, values: { address: second.address } });
  },

  async submit(visit) {
    const { parts, performed, who, person } = visit;
    const second = found(person.secondaryEmail ?? undefined, PASSWORD);
    const removed = await removeAddress(parts, performed, who);
    if (!removed.ok && removed.problem.code === 'factor-required')
      return confirm(
        'address-remove',
        {
          back: PASSWORD,
          values: { address: second.address },
        },
        removed.problem,
      );
    const carry = valueOr(removed, PASSWORD);
    return { to: PASSWORD, said: { what: 'address-removed', values: {} }, carry };
  },
};

/** Codes by mail to the verified address: switched on or off. */
function emailMfaPage(on: boolean): AccountPage {
  const key = on ? 'email-mfa-on' : 'email-mfa-off';
  const about = ({ secondaryEmail: second }: Person): Question => {
    const verified = second?.verifiedAt ? second.address : undefined;
    return { back: TWO_STEP, values: { address: maskAddress(found(verified, TWO_STEP)) } };
  };
  return {
    path: `${TWO_STEP}/email/${on ? 'on' : 'off'}`,
    operation: 'email-codes.switch',
    section: 'two-step',
    fresh: true,

    show: async ({ person }) => confirm(key, about(person)),

    async submit({ parts, who, person, performed }) {
      const switched = await switchEmailCodes(parts, performed, who, { on });
      if (!switched.ok) return confirmAgain(key, about(person), switched.problem);
      const { epoch, newCodes } = switched.value;
      const to = newCodes ? `${TWO_STEP}/codes` : TWO_STEP;
      const said = { what: newCodes ? 'codes-made' : key, values: {} };
      return { to, said, ...(epoch === person.epoch ? {} : { carry: { epoch } }) };
    },
  };
}

export const addressPages: readonly AccountPage[] = [
  address,
  addressVerify,
  addressRemove,
  emailMfaPage(true),
  emailMfaPage(false),
];
