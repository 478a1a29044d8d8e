/** A process of its own that adds and changes resources, when told to; see resources.test.ts. */
import { addResource } from '../../src/operations/resources/add-resource.ts';
import { changeResource } from '../../src/operations/resources/change-resource.ts';
import { performedByOperator } from '../support/by-operator.ts';
import { answerRace, timesAtOnce, type RaceOrder } from '../support/race.ts';
import { doBetween } from '../support/watched-store.ts';

export interface ScopeRace extends RaceOrder {
  times: number;
  /** A resource that both processes change. */
  shared: string;
  /** It dies when it has claimed the first name. */
  dies?: true;
}

answerRace(async ({ times, shared, dies, now, racer = 0 }: ScopeRace, parts): Promise<string[]> => {
  const performed = performedByOperator(now);
  const store = dies
    ? doBetween(parts.store, 'update scope_claim', async () => void process.kill(process.pid, 9))
    : parts.store;
  const first = dies ? 'died' : 'raced';
  const scope = (name: string) => [{ name, description: 'do it' }];
  const results = await timesAtOnce(times, async (nth) => [
    await addResource({ store }, performed, {
      id: `urn:acme:p${process.pid}-${nth}`,
      scopes: scope(`${first}${nth}`),
    }),
    // Every other one is refused, after its name was claimed; the other process has that one done.
    await changeResource({ store }, performed, shared, {
      scopes: scope(`shared${nth}`),
      ...(racer === nth % 2 ? { lifetime: 0.5 } : {}),
    }),
    await addResource({ store }, performed, {
      id: `urn:acme:q${process.pid}-${nth}`,
      scopes: scope(`shared${nth}`),
    }),
  ]);
  return results.flat().map((one) => (one.ok ? 'done' : one.problem.code));
});
