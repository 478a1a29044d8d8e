/** How long a run takes, before it is begun. All in seconds. */
/** For starting the floor and bare oidc-provider, and for each product, with everybody signed in. */
const PREPARATION = 20;
const PREPARATION_EACH = 10;
/** Sessions and tokens that are loaded in a second, at the least. */
const LOADED_EACH_SECOND = 5_000;
/** At the rate of a slow engine, fewer are loaded (load.ts). */
export const MOST_LOADING = 300;

/** How long the servers' and the floor's turns are warmed up for. */
export function warmUpSeconds(seconds: number): number {
  return Math.min(0.5, seconds);
}

/** The floor varies little: its turns are half as long. */
export function floorSeconds(seconds: number): number {
  return seconds / 2;
}

export interface Plan {
  /** How many of each. */
  operations: number;
  compared: number;
  engines: number;
  /** Sessions and tokens in the larger store; 0: growth is not measured. */
  loaded: number;
  /** People of the group whose first page is read; 0: it is not measured. */
  inGroup: number;
  /** How many operations are measured at how many rates: their product; 0: none. */
  paced: number;
  rounds: number;
  seconds: number;
}

export function plannedSeconds(plan: Plan): number {
  return PREPARATION + comparison(plan) + growing(plan) + grouping(plan) + pacing(plan);
}

/** `compared` products beside bare oidc-provider and the floor. */
function comparison({ operations, compared, rounds, seconds }: Plan): number {
  const servers = compared + 1;
  const round = servers * seconds + floorSeconds(seconds);
  const measuring = operations * (servers * warmUpSeconds(seconds) + rounds * round);
  return compared * PREPARATION_EACH + measuring;
}

function growing({ operations, loaded, engines, rounds, seconds }: Plan): number {
  if (loaded === 0) return 0;
  const loading = Math.min(MOST_LOADING, loaded / LOADED_EACH_SECOND);
  const measuring = operations * 2 * (warmUpSeconds(seconds) + rounds * seconds);
  return engines * (2 * PREPARATION_EACH + loading + measuring);
}

/** Each person is two documents. */
function grouping({ inGroup, engines, rounds, seconds }: Plan): number {
  if (inGroup === 0) return 0;
  return engines * ((2 * inGroup) / LOADED_EACH_SECOND + (rounds + 1) * seconds);
}

function pacing({ paced, engines, rounds, seconds }: Plan): number {
  if (paced === 0) return 0;
  return engines * (PREPARATION_EACH + paced * (warmUpSeconds(seconds) + rounds * seconds));
}
