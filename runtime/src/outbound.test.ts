import { expect, test } from 'vitest';
import { filterOutbound, split } from './outbound.ts';

const hosts = ['git.example.org', '*.docs.example.org'];
const gone = '[link removed]';

test.each([
  ['a link to an allowed host', 'see https://git.example.org/a/b?c=d#e.', 'see https://git.example.org/a/b?c=d#e.'],
  ['a subdomain of a wildcard', 'https://k8s.docs.example.org/x', 'https://k8s.docs.example.org/x'],
  [
    'markdown to an allowed host',
    '[pr](https://git.example.org/pr/1) ![i](https://git.example.org/i.png)',
    '[pr](https://git.example.org/pr/1) ![i](https://git.example.org/i.png)',
  ],
  [
    'image names and API groups',
    'image docker.io/library/nginx:1.2, helm.toolkit.fluxcd.io/v2, a.b.c',
    'image docker.io/library/nginx:1.2, helm.toolkit.fluxcd.io/v2, a.b.c',
  ],
  ['times, ratios, paths', '10:30, 3//4, C:\\x, key: value, apps/v1', '10:30, 3//4, C:\\x, key: value, apps/v1'],
])('stays: %s', (_name, text, expected) => {
  expect(filterOutbound(text, hosts)).toBe(expected);
});

test.each([
  ['another host', 'see https://evil.example/?d=secret, ok', `see ${gone}, ok`],
  ['the bare wildcard domain', 'https://docs.example.org/', gone],
  ['a host that only ends alike', 'https://xgit.example.org/', gone],
  ['an allowed host as user name', 'https://git.example.org@evil.example/', gone],
  ['an allowed host before a backslash', 'https://evil.example\\.git.example.org/', gone],
  ['an image', '![x](https://evil.example/p.png?d=secret)', `[x] ${gone}`],
  ['an image without a scheme', '![x](//evil.example/p.png)', `[x] ${gone}`],
  ['a link with a title', '[x](https://evil.example "t")', `[x] ${gone}`],
  ['a reference', '[x]: //evil.example/p', `[x]: ${gone}`],
  ['HTML', 'a <img src="https://evil.example/p"> b', 'a  b'],
  ['HTML that is not closed', 'a <img src=//evil.example/secret', 'a '],
  ['one slash', 'https:/evil.example/x', gone],
  ['no slash', 'https:evil.example/x', gone],
  ['upper case', 'HTTPS://EVIL.EXAMPLE', gone],
  ['www', 'www.evil.example/x', gone],
  ['a host and a query', 'evil.example/x?d=secret', gone],
  ['other schemes', 'ftp://evil.example mxc://evil.example/x matrix://evil', `${gone} ${gone} ${gone}`],
  ['an unseen character in the scheme', 'ht\u200btps://evil.example/', gone],
  ['tags that nobody sees', `a\u{e0041}b`, 'ab'],
])('goes: %s', (_name, text, expected) => {
  expect(filterOutbound(text, hosts)).toBe(expected);
});

test('the removed host is not named', () => {
  expect(filterOutbound('https://s3cr3t.evil.example', [])).toBe(gone);
});

test('long texts are cut at words, and no character is lost or cut in two', () => {
  expect(split('aaa bbb ccc', 8)).toEqual(['aaa bbb', 'ccc']);
  expect(split('x'.repeat(10), 4)).toEqual(['xxxx', 'xxxx', 'xx']);
  expect(split('\u{1f600}'.repeat(3), 3)).toEqual(['\u{1f600}', '\u{1f600}', '\u{1f600}']);
  expect(split(' \n ', 4)).toEqual([]);
});
