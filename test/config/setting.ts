/** A folder with a configuration file, and what loading it gives. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError, type Fault } from '../../src/config/faults.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { Config } from '../../src/config/schema.ts';

export class Folder {
  readonly path = mkdtempSync(join(tmpdir(), 'latchkey-config-'));

  write(name: string, text: string): void {
    writeFileSync(join(this.path, name), text);
  }

  /** Loads `text` as config.yaml of this folder, when given. */
  load(text?: string, env: Record<string, string> = {}): Config {
    if (text === undefined) return loadConfig({ env, cwd: this.path });
    this.write('config.yaml', text);
    return loadConfig({ file: 'config.yaml', env, cwd: this.path });
  }

  /** The error of a configuration that must be refused. */
  refusal(text?: string, env: Record<string, string> = {}): ConfigError {
    try {
      this.load(text, env);
    } catch (error) {
      if (error instanceof ConfigError) return error;
      throw error;
    }
    throw new Error('The configuration was accepted.');
  }

  faults(text?: string, env: Record<string, string> = {}): readonly Fault[] {
    return this.refusal(text, env).faults;
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
