/** Which mailbox addresses people of an organisation are given where it is not the installation's hand that sets them. Pure. */

interface Setting {
  /** The organisation's domains, as `asDomain` has them. */
  own: readonly string[];
  /** Another organisation has the domain. */
  isElsewhere: boolean;
  /** There is no other organisation. */
  isOnly: boolean;
  /** Is it an import by whoever looks after the installation? Else the organisation's own administrators set it. */
  byInstallation: boolean;
}

/**
 * Those in its domains. Where it has none: an import of the installation's any that is nobody else's, and its own
 * administrators any where there is nobody else. `domain`: of the address; empty: none that mail goes to.
 */
export function isAddressFor(
  domain: string,
  { own, isElsewhere, isOnly, byInstallation }: Setting,
): boolean {
  if (own.length > 0) return own.includes(domain);
  return !isElsewhere && (byInstallation || isOnly);
}
