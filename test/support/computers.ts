/** Ends trust on the store as it lies there, with nothing told: for stories about what rests on it. */
import { endTrust, listComputers, type ComputerParts } from '../../src/devices/trusted-computer.ts';

type Parts = Pick<ComputerParts, 'store'>;

export async function revokeComputer(parts: Parts, person: string, id: string): Promise<boolean> {
  return endTrust(parts, id, { person, messages: [], now: 0 });
}

/** Answers how many there were. */
export async function revokeOtherComputers(
  parts: Parts,
  person: string,
  exceptId: string | null,
): Promise<number> {
  const others = (await listComputers(parts, person)).filter(({ id }) => id !== exceptId);
  const gone = await Promise.all(others.map(({ id }) => revokeComputer(parts, person, id)));
  return gone.filter(Boolean).length;
}
