/** A passkey as it is kept with its person: a public-key credential of WebAuthn Level 3. */

export interface Passkey {
  /** The credential id, base64url. */
  id: string;
  /** The credential's public key, COSE_Key (RFC 9052), base64url. */
  publicKey: string;
  /** How the browser reaches it (`internal`, `hybrid`, `usb`, …); a hint for later requests. */
  transports: string[];
  /** May it be copied to other devices (WebAuthn §6.1.3: backup eligible)? It never changes. */
  synced: boolean;
  /** What its owner calls it. */
  name: string;
  /** Milliseconds since the epoch. */
  createdAt: number;
}
