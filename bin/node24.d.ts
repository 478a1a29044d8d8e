export function isNewEnough(version: string): boolean;
export function findNode(from: string): string | undefined;
export function handOver(from: string, args: readonly string[], env?: Record<string, string>): void;
export function threads(): { UV_THREADPOOL_SIZE: string };
