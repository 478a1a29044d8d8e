/** Preloaded: lets this Node take itself for an older one, as long as it runs the launcher. */
if (process.argv[1]?.endsWith('.js')) {
  const versions = { ...process.versions, node: '20.20.2' };
  Object.defineProperty(process, 'versions', { value: versions });
  Object.defineProperty(process, 'version', { value: 'v20.20.2' });
}
