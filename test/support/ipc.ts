export interface ParentListeners {
  message: (message: unknown) => void;
  disconnect: () => void;
}

/**
 * Listens to the parent process without keeping this one alive; call it once. Any listener of
 * `message` or `disconnect` makes Node hold the process open for its IPC channel; here the channel
 * holds it only while somebody else listens, as it would have without us.
 */
export function listenToParent({ message, disconnect }: ParentListeners): void {
  let others = process.listenerCount('message') + process.listenerCount('disconnect');
  process.on('message', message);
  process.on('disconnect', disconnect);
  if (others === 0) process.channel?.unref();
  process.on('newListener', (name) => {
    if (isChannelEvent(name) && others++ === 0) process.channel?.ref();
  });
  process.on('removeListener', (name) => {
    if (isChannelEvent(name) && --others === 0) process.channel?.unref();
  });
}

const isChannelEvent = (name: string | symbol) => name === 'message' || name === 'disconnect';
