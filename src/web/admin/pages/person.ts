/** People → the person: their state, and why they could, or could not, sign in. */
import { ACCOUNT_CLIENT } from '../../../oidc/clients/own/own-clients.ts';
import { explainSignIn } from '../../../operations/explain-sign-in.ts';
import { FACTORS } from '../../../policy/factors.ts';
import { languageOfLocale } from '../../../text/languages.ts';
import { valueOr } from '../../signed-in/found.ts';
import type { AdminPage, AdminVisit } from '../page.ts';
import { offered, PEOPLE, personFrame, personOf } from '../person.ts';

const person: AdminPage = {
  path: `${PEOPLE}/:id`,
  operation: 'person.show',
  section: 'people',
  fresh: false,

  async show(visit) {
    const shown = await personOf(visit);
    const { person: subject, organisation } = shown.who;
    const { active, deletion } = subject;
    const isLeaving = (deletion ?? null) !== null;
    const context = {
      ...personFrame(visit, shown, 'overview'),
      organisation: organisation.name,
      secondary: subject.secondaryEmail !== null,
      speaks: subject.language && (languageOfLocale(subject.language) ?? null),
      createdAt: subject.createdAt,
      groups: shown.groups.map(({ name }) => name),
      passwordSet: subject.passwordHash !== null,
      lock: shown.lock,
      steps: await stepsOf(visit, subject.id),
      edits: offered(visit, subject, [
        { page: 'edit', operation: 'person.change', applies: true },
        { page: 'groups', operation: 'person.change-groups', applies: true },
      ]),
      acts: offered(visit, subject, [
        { page: 'enable', operation: 'person.enable', applies: !active && !isLeaving },
        { page: 'disable', operation: 'person.disable', style: 'danger', applies: active },
        { page: 'keep', operation: 'person.delete', applies: isLeaving },
        { page: 'delete', operation: 'person.delete', style: 'danger', applies: !isLeaving },
      ]),
    };
    return { show: 'admin/person', context };
  },
};

/** Of a sign-in to the account pages, which are open to everybody. */
async function stepsOf({ parts, performed }: AdminVisit, id: string) {
  const asked = await explainSignIn(parts, performed, id, { client: ACCOUNT_CLIENT });
  return valueOr(asked, PEOPLE).steps.map(({ step, factors, reasons }) => ({
    step,
    factors: factors.map((factor) => FACTORS[factor].label),
    reasons: reasons.flatMap((reason) => WHY[reason.replace(/ \(.*\)$/u, '')] ?? []),
  }));
}

/** Reasons of the policy that have words (`person.why.<text>`); others are plain from the step. */
const WHY: Readonly<Record<string, string>> = {
  'organisation requires MFA': 'organisation',
  'MFA required for the person': 'person',
  'a factor is enrolled': 'enrolled',
  'client requires acr': 'app',
  'the person is disabled': 'disabled',
  'no password has been set yet': 'no-password',
  'no factor can meet it': 'no-factor',
  auditor: 'role',
  helpdesk: 'role',
  'organisation-administrator': 'role',
  administrator: 'role',
};

export const personPages: readonly AdminPage[] = [person];
