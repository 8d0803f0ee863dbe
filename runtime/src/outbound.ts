// What a chat program shows as a link or loads as a preview: a scheme, with or without slashes after the web's own ones.
const links = /(?:\b(?:https?|wss?|ftps?):|\b[a-z][a-z0-9+.-]*:[\\/]{2}|\bwww\.)[^\s<>"'`|]*/gi;
// A target that needs no scheme: `[text](//host/…)`, `![](host/x.png)`, `[x]: //host`, `<img src=…>`.
const targets = /(!\[[^\]]*\]|\[[^\]]*\])\(\s*<?([^)\s>]*)>?[^)]*\)/g;
const references = /^([ \t]{0,3}\[[^\]]+\]:)[ \t]*\S+.*$/gm;
const html = /<\/?(?:img|a|iframe|video|audio|object|embed|link|script|style|svg|form|meta)\b[^>]*>?/gi;
// A bare host with a query is how data leaves by way of a curious click.
const bareQuery = /\b(?:[a-z0-9-]+\.)+[a-z]{2,}(?::\d+)?(?:\/[^\s?#]*)?\?[^\s]+/gi;
// Characters that are not seen and can split a scheme or hide text.
const invisible = /[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\u{e0000}-\u{e007f}]/gu;

export const removedLink = '[link removed]';

/**
 * Text as it may leave: links and images only to the allowed hosts, since a preview or a click carries whatever the
 * address says to its host. A removed link does not name its host: the name alone would be a message.
 */
export function filterOutbound(text: string, hosts: readonly string[]): string {
  const keep = (address: string) => (allowed(address, hosts) ? address : removedLink);
  return text
    .replace(invisible, '')
    .replace(html, '')
    .replace(references, (line, label: string) =>
      allowed(line.slice(label.length).trim().split(/\s/)[0] ?? '', hosts) ? line : `${label} ${removedLink}`,
    )
    .replace(targets, (whole, label: string, target: string) =>
      allowed(target, hosts) ? whole : `${label.replace(/^!/, '')} ${removedLink}`,
    )
    .replace(links, (address) => {
      // A full stop or a bracket after a link belongs to the sentence.
      const tail = /[.,;:!?)\]}]*$/.exec(address)?.[0] ?? '';
      return keep(address.slice(0, address.length - tail.length)) + tail;
    })
    .replace(bareQuery, (address, offset: number, whole: string) =>
      /[/@]$/.test(whole.slice(0, offset)) || allowed(`https://${address}`, hosts) ? address : removedLink,
    );
}

function allowed(address: string, hosts: readonly string[]): boolean {
  let url: URL;
  try {
    url = new URL(/^www\./i.test(address) ? `https://${address}` : address);
  } catch {
    return false;
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return false;
  const { hostname } = url;
  return hosts.some((host) => (host.startsWith('*.') ? hostname.endsWith(host.slice(1)) : hostname === host));
}

/** Parts of at most `limit` UTF-16 units, cut at line ends or spaces where there are any; never an empty one. */
export function split(text: string, limit: number): string[] {
  const parts: string[] = [];
  let rest = text.trim();
  while (rest.length > limit) {
    const head = rest.slice(0, limit);
    let cut = Math.max(head.lastIndexOf('\n'), head.lastIndexOf(' '));
    if (cut < limit / 2) cut = limit;
    // Not between the halves of one character.
    if (/[\ud800-\udbff]/.test(rest[cut - 1] ?? '')) cut -= 1;
    parts.push(rest.slice(0, cut).trimEnd());
    rest = rest.slice(cut).trimStart();
  }
  if (rest !== '') parts.push(rest);
  return parts;
}
