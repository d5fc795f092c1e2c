import { ConfigurationFailure } from '../domain/errors.ts';

type Listener = { listen(target: { host: string; port: number }): Promise<string> };
type Place = { host: string; port: number };

/**
 * @throws ConfigurationFailure `http.port_in_use`, `http.port_refused`, `http.bad_host`
 */
export async function listen(app: Listener, place: Place): Promise<void> {
  try {
    await app.listen(place);
  } catch (cause) {
    throw failureOf(place, cause) ?? cause;
  }
}

const noSuchHost = new Set(['EADDRNOTAVAIL', 'ENOTFOUND', 'EAI_AGAIN', 'EINVAL']);

function failureOf({ host, port }: Place, cause: unknown): ConfigurationFailure | null {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  const details = { host, port };
  if (code === 'EADDRINUSE') {
    return new ConfigurationFailure(
      `Port ${port} is taken by another program. Stop it, or choose another: PORT=${port + 10} npm start`,
      { code: 'http.port_in_use', cause, details },
    );
  }
  if (code === 'EACCES') {
    return new ConfigurationFailure(
      `This user may not listen on port ${port}. Choose one above 1023: PORT=4777`,
      { code: 'http.port_refused', cause, details },
    );
  }
  if (noSuchHost.has(code)) {
    return new ConfigurationFailure(
      `KAGGLE_AGENT_HOST is ${host}, which is no address of this machine: set one that is, or 0.0.0.0 for all.`,
      { code: 'http.bad_host', cause, details },
    );
  }
  return null;
}

/** The address that this machine itself reaches the server by. */
export function localUrl({ host, port }: Place): string {
  const isAll = ['0.0.0.0', '::', ''].includes(host);
  const name = isAll ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host;
  return `http://${name}:${port}`;
}
