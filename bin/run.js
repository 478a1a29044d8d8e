#!/usr/bin/env node
/** `node bin/run.js ARGUMENTS`: the same as `node ARGUMENTS`, on a Node that can run TypeScript. */
import { handOver } from './node24.js';

handOver(import.meta.url, process.argv.slice(2));
