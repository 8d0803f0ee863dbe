import { describe, expect, test } from 'vitest';
import { scrapling } from './scrapling.ts';

test('without its browser it is a sidecar unless told, with nothing to review', () => {
  expect([scrapling().place, scrapling({ place: 'pod' }).place]).toEqual(['sidecar', 'pod']);
  expect([scrapling().podSecurity, scrapling().findings]).toEqual(['restricted', []]);
});

describe('with its browser', () => {
  const tool = scrapling({ browser: true });

  test('it is a pod, never a sidecar', () => {
    expect([tool.place, scrapling({ browser: true, place: 'pod' }).place]).toEqual(['pod', 'pod']);
    // @ts-expect-error it would share loopback with the agent's program
    expect(scrapling({ browser: true, place: 'sidecar' }).place).toBe('pod');
  });

  test('it is root, and a reviewer is told', () => {
    expect(tool.podSecurity).toBe('baseline');
    expect(tool.findings).toEqual([
      {
        rule: 'scrapling-browser',
        message: "tool scrapling with its browser runs upstream's server as root, with all its tools",
        why: 'Its `get` also reads file:// URLs, its own environment with the token among them, and the agent chooses proxies, headers and redirects.',
        help: 'Use scrapling() without the browser, or accept it with the reason.',
      },
    ]);
  });

  test('it answers its agent alone, with a token', () => {
    const { container, endpoint } = tool.plan({
      place: 'pod',
      host: 'a-scrapling.demo.svc.cluster.local',
      kubernetes: '1.36',
      secret: ({ name }, key) => ({ secret: `a-${name}`, key }),
    });
    const auth = { secret: 'a-scrapling', key: 'token' };
    expect(endpoint).toEqual({ kind: 'mcp', url: 'http://a-scrapling.demo.svc.cluster.local:8000/mcp', auth });
    expect(container?.env).toEqual({ SCRAPLING_MCP_AUTH_TOKEN: auth });
    expect(container?.command?.slice(1)).toEqual(
      'mcp --http --host 0.0.0.0 --port 8000 --allowed-host a-scrapling.demo.svc.cluster.local:8000'.split(' '),
    );
  });
});
