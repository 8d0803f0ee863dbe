import { member } from './json-path.ts';

/**
 * JSON paths of what is in `sent` and not in `received`: a library older than a field, or an API server whose feature is
 * off, drops it without an error. An empty string and no field are the same to an API server.
 */
export function lostFields(sent: unknown, received: unknown, path = '$'): string[] {
  if (sent === undefined) return [];
  if (Array.isArray(sent)) {
    if (!Array.isArray(received) || received.length < sent.length) return [path];
    return sent.flatMap((item, index) => lostFields(item, received[index], `${path}[${index}]`));
  }
  if (typeof sent === 'object' && sent !== null) {
    if (typeof received !== 'object' || received === null) return Object.keys(sent).length > 0 ? [path] : [];
    return Object.entries(sent).flatMap(([key, value]) =>
      lostFields(value, (received as Record<string, unknown>)[key], member(path, key)),
    );
  }
  return sent === received || (sent === '' && received === undefined) ? [] : [path];
}
