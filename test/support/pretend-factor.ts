/**
 * A factor that does not exist, as somebody would add it: files of its own, and lines in the files that list
 * factors. What the program needs beyond these is a fault of the table (test/flows/pretend-factor.test.ts).
 */

/** New files, by their path. */
export const FILES: Readonly<Record<string, string>> = {
  // The rule.
  'src/factors/knock.ts': `
    import type { Person } from '../records/person.ts';
    export const asKnock = (typed: string): string | undefined =>
      /^knock\\b/u.test(typed) ? typed : undefined;
    export const isKnock = ({ knocks = [] }: Person, given: string): boolean =>
      knocks.some(({ secret }) => secret === given);
  `,
  // The steps: one that asks for it, one that sets it up.
  'interactions/steps/knock.ts': `
    import { codePage, submitCode } from '../parts/code-page.ts';
    import type { Step } from '../step.ts';
    export const knock: Step = {
      name: 'knock',
      show: async (visit) => codePage(visit, 'knock'),
      submit: (visit, fields) => submitCode(visit, 'knock', fields),
    };
  `,
  'interactions/steps/set-up/knock-enrol.ts': `
    import { activateFactor } from '../../../src/operations/factors/activate-factor.ts';
    import { showEnrolled } from '../../parts/enrolled-stage.ts';
    import { performedIn } from '../../parts/report.ts';
    import type { Step } from '../../step.ts';
    export const knockEnrol: Step = {
      name: 'knock-enrol',
      show: async () => ({ show: 'interactions/knock', context: { problem: null, errors: {} } }),
      async submit(visit, { code = '' }) {
        const { parts, person, now } = visit;
        if (!person) return { next: true };
        const made = { id: 'first', name: 'Door', secret: code, createdAt: now };
        const activated = await activateFactor(parts, performedIn(visit, person), person, {
          factor: 'knock',
          fields: ({ knocks = [] }) => ({ knocks: [...knocks, made] }),
        });
        if (activated.ok) await showEnrolled(visit, person.id, 'knock', activated.value.newCodes);
        return { next: true };
      },
    };
  `,
  // The pages.
  'views/interactions/knock.njk': `
    {% extends 'layout.njk' %}
    {% import 'macros.njk' as ui with context %}
    {% block title %}{{ t('knock.title') }}{% endblock %}
    {% block content %}
    {{ ui.notice(problem, errors) }}
    <form method="post" action="{{ action }}">
      <input type="hidden" name="csrf" value="{{ csrf }}">
      <input name="code" aria-label="{{ t('knock.title') }}">
      {{ ui.button(t('knock.title'), 'submit') }}
    </form>
    {% endblock %}
  `,
  'views/account/two-step/knock.njk': `
    {% import 'account/two-step/list.njk' as two with context %}
    {{ two.list(panel, 'two-step', panel.canAdd) }}
  `,
};

interface Lines {
  path: string;
  /** Where they go: before the first place where that is, or after it. */
  before?: string;
  after?: string;
  text: string;
}

/** Lines in files that are there. */
export const LINES: readonly Lines[] = [
  // What it keeps, and its name in documents.
  {
    path: 'src/records/person.ts',
    before: '  /** For mail programs; they end with the password. */',
    text: '  knocks?: { id: string; name: string; secret: string; createdAt: number }[];\n',
  },
  { path: 'src/records/factor-id.ts', before: `'one-time-codes'] as const`, text: `'knock', ` },
  // The row.
  {
    path: 'src/policy/factors.ts',
    before: `  'one-time-codes': {\n    id:`,
    text: `  knock: {
    id: 'knock',
    label: 'knock',
    level: 'mfa',
    amr: ['kba', 'mfa'],
    multiFactor: false,
    secondaryOnly: false,
    mayTrust: true,
    enrolStep: 'knock-enrol',
    refusedAs: 'knock',
    most: 3,
    shownAs: 'knocks',
    needs: null,
    isEnrolled: ({ knocks = [] }) => knocks.length > 0,
    isSuspended: never,
    list: ({ knocks = [] }) => knocks.map(({ id, name, createdAt }) => ({ id, name, createdAt })),
    without: ({ knocks = [] }, id) => ({ knocks: withoutOne(knocks, id) }),
    renamed: ({ knocks = [] }, id, name) => ({ knocks: withName(knocks, id, name) }),
    withOneMore: ({ knocks = [] }, now) => ({
      knocks: [...knocks, { id: '', name: '', secret: '', createdAt: now }],
    }),
  },
`,
  },
  // How it is verified.
  {
    path: 'src/factors/verify.ts',
    before: '/**\n * How each factor',
    text: `import { asKnock, isKnock } from './knock.ts';\n`,
  },
  {
    path: 'src/factors/verify.ts',
    before: `  'one-time-codes': {\n    recognise`,
    text: `  knock: {
    recognise: asKnock,
    counter: { of: ({ person }) => \`knock:\${person}\`, rule: CODE_RULE },
    compare: ofPerson(async (_trial, person, given) =>
      isKnock(person, given)
        ? { verdict: 'accepted', person, proven: {} }
        : { verdict: 'wrong' },
    ),
    notice: refusalNotice,
  },
`,
  },
  // The steps in their table.
  {
    path: 'interactions/index.ts',
    before: 'import Router',
    text: `import { knock } from './steps/knock.ts';\nimport { knockEnrol } from './steps/set-up/knock-enrol.ts';\n`,
  },
  {
    path: 'interactions/index.ts',
    before: '  enrolledStep,\n  totp,',
    text: '  knockEnrol,\n  knock,\n',
  },
  // Texts.
  ...['en', 'zh-Hant'].map((language) => ({
    path: `views/texts/${language}.yaml`,
    before: '\nways:\n',
    text: '\nknock:\n  title: "Knock"',
  })),
  ...texts('ways:', '  knock: "A knock"'),
  ...texts('set-ups:', '  knock: "A knock instead"'),
  ...texts('enrolled:', '  knock: "Now knock."'),
  ...texts('factor:', '  knock: "A knock"'),
  ...texts(
    'two-step:',
    '  knocks: "Knocks"\n  knocks-none: "Nobody knocks."\n  add-knock: "Knock"',
  ),
  ...texts('factor-name:', '  title-knock: "Name of this knock"'),
  ...texts(
    'confirm:',
    '  knock-remove:\n    title: "Remove this knock?"\n    text: "{name} is gone."\n    yes: "Yes"',
  ),
];

/** In both languages, at the head of the section. */
function texts(section: string, text: string): Lines[] {
  return ['en', 'zh-Hant'].map((language) => ({
    path: `views/texts/${language}.yaml`,
    after: `\n${section}\n`,
    text: `${text}\n`,
  }));
}
