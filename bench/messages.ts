/** What the bench and the processes that it measures say to each other over IPC. */

export interface ConfidentialClient {
  client_id: string;
  client_secret: string;
}
export interface WebClient extends ConfidentialClient {
  redirect_uri: string;
}
export interface PublicClient {
  client_id: string;
  redirect_uri: string;
}

export interface Person {
  login: string;
  password: string;
  /** Base32. */
  totpSecret: string;
  /** For a mail program. */
  passcode: string;
}

/** A server's first message: `{ ready: … }`. Every person has to sign in with password and code. */
export interface Ready {
  issuer: string;
  clients: {
    /** Signs people in; authenticates with `client_secret_basic`. */
    web: WebClient;
    /** Signs people in and has no secret, so that its refresh tokens rotate. */
    spa: PublicClient;
    /** Gets tokens for itself. */
    service: ConfidentialClient;
    /** A mail server: has passcodes checked. */
    mail: ConfidentialClient;
  };
  people: Person[];
}

/** What a server that is measured is asked; measured.ts answers. */
export interface Question {
  cpu?: boolean;
  timing?: boolean;
  serving?: boolean;
  relay?: object;
  /** Of the answer that `relay` waits for. */
  key?: string;
}

/** CPU of one process with all its threads, microseconds. */
export interface Cpu {
  user: number;
  system: number;
}

/** What was done in a stretch of time. */
export interface Slice {
  n: number;
  /** How long it took, milliseconds. */
  ms: number;
  /** CPU that the measured process used, milliseconds. */
  cpuMs: number;
  /** Of each operation, milliseconds. */
  latencies: number[];
  /** HTTP requests that it took. */
  requests: number;
}

/** How many people sign in unless told; a multiple of the number of connections. */
export const PEOPLE = 256;
