/** What to do first with a new installation, on the Overview: where each is done, and the button that puts the list away. */
import {
  FIRST_STEPS,
  putFirstStepsAway,
  type FirstStep,
  type StepsDone,
} from '../../../../operations/overview/first-steps.ts';
import { valueOr } from '../../../signed-in/found.ts';
import { ADD_APP } from '../../apps/app.ts';
import { ask } from '../../confirm.ts';
import { ADMIN, pathOf, type AdminPage, type AdminVisit } from '../../page.ts';
import { PEOPLE } from '../../person.ts';

const AWAY = `${ADMIN.home}/first-steps`;

/** Where each of them is done; null: not here, its text says how. */
function placeOf(step: FirstStep, { person }: AdminVisit): string | null {
  const places: Readonly<Record<FirstStep, string | null>> = {
    organisation: `${pathOf('organisations')}/${encodeURIComponent(person.organisation)}`,
    mail: null,
    app: ADD_APP,
    people: `${PEOPLE}/new`,
    backup: null,
  };
  return places[step];
}

export function stepsShown(visit: AdminVisit, done: StepsDone) {
  const { config } = visit.parts;
  const how = (step: FirstStep): string => {
    if (step === 'mail' && config.mail.smtp_url !== undefined) return 'mail-configured';
    return step === 'backup' && config.store.engine === 'mongodb' ? 'backup-elsewhere' : step;
  };
  return {
    all: FIRST_STEPS.map((name) => ({
      name,
      how: how(name),
      isDone: done[name],
      href: placeOf(name, visit),
    })),
    done: FIRST_STEPS.filter((name) => done[name]).length,
    count: FIRST_STEPS.length,
    away: AWAY,
  };
}

export const putAway: AdminPage = {
  path: AWAY,
  operation: 'installation.first-steps',
  section: 'overview',
  fresh: false,

  show: () => Promise.resolve(ask('first-steps-away', { back: ADMIN.home, values: {} })),

  async submit({ parts, performed }) {
    valueOr(await putFirstStepsAway(parts, performed), ADMIN.home);
    return { to: ADMIN.home, said: { what: 'first-steps-away', values: {} } };
  },
};
