import { createServer, type AddressInfo } from 'node:net';

/** The preferred port of 127.0.0.1 where it is free, else any free one. */
export async function choosePort(preferred?: number): Promise<number> {
  const port = preferred === undefined ? null : await tryPort(preferred);
  return port ?? (await freePort());
}

/** A port of 127.0.0.1 that nobody listens on now. */
export async function freePort(): Promise<number> {
  const port = await tryPort(0);
  if (port === null) throw new Error('the system gave no free port on 127.0.0.1');
  return port;
}

function tryPort(port: number): Promise<number | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(null));
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => {
      const address: AddressInfo | string | null = server.address();
      const taken = typeof address === 'object' && address !== null ? address.port : null;
      server.close(() => resolve(taken));
    });
  });
}
