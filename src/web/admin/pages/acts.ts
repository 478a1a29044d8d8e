/** What is done to a person by one button: each has a page before it that says what ends, and for whom. */
import { disablePerson } from '../../../operations/people/disable-person.ts';
import { deletePerson, keepPerson } from '../../../operations/people/delete-person.ts';
import { enablePerson } from '../../../operations/people/enable-person.ts';
import { askSecondPerson } from '../../../operations/approvals/ask.ts';
import { needsSecondPerson } from '../../../operations/approvals/rule.ts';
import { remindPerson } from '../../../operations/rollout/remind-person.ts';
import { resetFactors, type HandOver } from '../../../operations/people/reset-factors.ts';
import {
  giveTemporaryCode,
  type CodeForToday,
} from '../../../operations/people/security/give-temporary-code.ts';
import { mailPasswordLink } from '../../../operations/people/security/mail-password-link.ts';
import { signOutPerson } from '../../../operations/people/security/sign-out-person.ts';
import { takeFactor } from '../../../operations/people/security/take-factor.ts';
import type { PersonShown } from '../../../operations/people/security/show-person.ts';
import { unlockPerson } from '../../../operations/people/unlock-person.ts';
import { ACCESS, type Operation } from '../../../policy/access.ts';
import { findFactor } from '../../../policy/enrolled-factors.ts';
import { FACTORS } from '../../../policy/factors.ts';
import { FACTOR_IDS } from '../../../records/factor-id.ts';
import { Problem } from '../../../problem.ts';
import type { Person } from '../../../records/person.ts';
import type { Result } from '../../../result.ts';
import { found } from '../../signed-in/found.ts';
import type { Answer } from '../../signed-in/page.ts';
import { ask } from '../confirm.ts';
import { requireMay, type AdminPage, type AdminVisit } from '../page.ts';
import { personOf, personPath, PEOPLE, targetOf } from '../person.ts';

interface Act {
  /** Last part of its address, and of its texts: `confirm.person-<name>`, `said.person-<name>`. */
  name: string;
  operation: Operation;
  /** The tab that it belongs to. */
  back: 'security' | '';
  does(visit: AdminVisit, id: string): Promise<Result<unknown>>;
  /** The act that takes it back. */
  undo?: string;
  /** Instead, where the organisation demands a second person: asking for it. */
  asks?(visit: AdminVisit, id: string): Promise<Result<unknown>>;
  /** What is answered when it is done; what was done is said on its tab unless told. */
  done?(visit: AdminVisit, shown: PersonShown, value: unknown): Answer;
}

const ACTS: readonly Act[] = [
  {
    name: 'reset',
    operation: 'person.reset-factors',
    back: 'security',
    does: ({ parts, performed }, id) => resetFactors(parts, performed, id),
    asks: ({ parts, performed }, id) =>
      askSecondPerson(parts, performed, id, { what: 'factors-reset' }),
    // The code is on the answer to this very form, and nowhere else ever.
    done: (_visit, { who: { person } }, value) => {
      return handOver(person, personPath(person.id, 'security'), value as HandOver);
    },
  },
  {
    name: 'temporary-code',
    operation: 'person.give-temporary-code',
    back: 'security',
    does: ({ parts, performed }, id) => giveTemporaryCode(parts, performed, id),
    asks: ({ parts, performed }, id) =>
      askSecondPerson(parts, performed, id, { what: 'temporary-code' }),
    done: (_visit, { who: { person } }, value) =>
      forToday(person, personPath(person.id, 'security'), value as CodeForToday),
  },
  {
    name: 'unlock',
    operation: 'person.unlock',
    back: 'security',
    does: ({ parts, performed }, id) => unlockPerson(parts, performed, id),
  },
  {
    name: 'invite',
    operation: 'person.send-link',
    back: 'security',
    does: ({ parts, performed }, id) => mailPasswordLink(parts, performed, id),
  },
  {
    name: 'remind',
    operation: 'person.remind',
    back: 'security',
    does: ({ parts, performed }, id) => remindPerson(parts, performed, id),
  },
  {
    name: 'sign-out',
    operation: 'person.sign-out',
    back: 'security',
    does: ({ parts, performed }, id) => signOutPerson(parts, performed, id),
  },
  {
    name: 'disable',
    operation: 'person.disable',
    back: '',
    undo: 'enable',
    does: ({ parts, performed }, id) => disablePerson(parts, performed, id),
  },
  {
    name: 'enable',
    operation: 'person.enable',
    back: '',
    does: ({ parts, performed }, id) => enablePerson(parts, performed, id),
  },
  {
    name: 'delete',
    operation: 'person.delete',
    back: '',
    undo: 'keep',
    does: ({ parts, performed }, id) => deletePerson(parts, performed, id),
  },
  {
    name: 'keep',
    operation: 'person.delete',
    back: '',
    does: ({ parts, performed }, id) => keepPerson(parts, performed, id),
  },
];

const CHANGED = new Problem('changed-meanwhile', { status: 409 });

/** The numbers of what ends with it, and whose it is. */
export function valuesOf({ who, sessions, computers }: PersonShown) {
  const { name, login, email, passcodes } = who.person;
  const ends = { sessions, computers, passcodes: passcodes.length };
  return { name, login, email, organisation: who.organisation.name, ...ends };
}

/** The page with the code, of an answer that is seen once. */
export function handOver({ name, login }: Person, back: string, made: HandOver): Answer {
  return { show: 'admin/person-reset', context: { subject: { name, login }, back, ...made } };
}

/** The same of a code for today. */
export function forToday({ name, login }: Person, back: string, made: CodeForToday): Answer {
  return { show: 'admin/person-today', context: { subject: { name, login }, back, ...made } };
}

function actPage(act: Act): AdminPage {
  const { name, operation, back: tab, does, undo, done, asks } = act;
  const read = async (visit: AdminVisit) => {
    const shown = await personOf(visit);
    const { person, organisation } = shown.who;
    const question = { back: personPath(person.id, tab), values: valuesOf(shown) };
    requireMay(visit, operation, targetOf(person), question.back);
    const { store } = visit.parts;
    const isAsked =
      asks !== undefined && (await needsSecondPerson(store, organisation, person.role));
    // What was said yes to is done, and nothing else.
    const hidden = isAsked ? { ask: 'yes' } : {};
    const key = `person-${name}${isAsked ? '-ask' : ''}`;
    return { shown, isAsked, key, question: { ...question, hidden } };
  };
  return {
    path: `${PEOPLE}/:id/${name}`,
    operation,
    section: 'people',
    fresh: ACCESS[operation].fresh,
    async show(visit) {
      const { key, question } = await read(visit);
      return ask(key, question);
    },
    async submit(visit, fields) {
      const { shown, isAsked, key, question } = await read(visit);
      const { id, name: whose } = shown.who.person;
      const isOther = isAsked !== (fields['ask'] === 'yes');
      if (asks && isOther) return ask(key, question, CHANGED);
      const result = await (asks && isAsked ? asks : does)(visit, id);
      if (!result.ok) return ask(key, question, result.problem);
      if (done && !isAsked) return done(visit, shown, result.value);
      const said = {
        what: key,
        values: { name: whose },
        ...(undo === undefined ? {} : { undo: personPath(id, undo) }),
      };
      return { to: question.back, said };
    },
  };
}

const factorRemoval: AdminPage = {
  path: `${PEOPLE}/:id/factors/:factor/:item/remove`,
  operation: 'person.remove-factor',
  section: 'people',
  fresh: true,
  async show(visit) {
    const { shown, one } = await factorOf(visit);
    const { person } = shown.who;
    const back = personPath(person.id, 'security');
    requireMay(visit, 'person.remove-factor', targetOf(person), back);
    return ask(`person-${one.factor}-remove`, questionAbout(shown, one));
  },
  async submit(visit) {
    const { shown, one } = await factorOf(visit);
    const { parts, performed } = visit;
    const { id, name } = shown.who.person;
    const taken = await takeFactor(parts, performed, id, one);
    const question = questionAbout(shown, one);
    if (!taken.ok) return ask(`person-${one.factor}-remove`, question, taken.problem);
    return { to: question.back, said: { what: 'person-factor-removed', values: { name } } };
  },
};

function questionAbout(shown: PersonShown, one: { name: string }) {
  const back = personPath(shown.who.person.id, 'security');
  return { back, values: { ...valuesOf(shown), factor: one.name } };
}

async function factorOf(visit: AdminVisit) {
  const shown = await personOf(visit);
  const { person } = shown.who;
  const back = personPath(person.id, 'security');
  const { factor: named, item = '' } = visit.params;
  const removable = FACTOR_IDS.filter((id) => FACTORS[id].renamed);
  const factor = found(
    removable.find((id) => id === named),
    back,
  );
  const { id, name } = found(findFactor(person, { factor, id: item }), back);
  return { shown, one: { factor, id, name } };
}

export const actPages: readonly AdminPage[] = [...ACTS.map(actPage), factorRemoval];
