import { expect, test } from 'vitest';
import { reportedBelow } from '../problem.ts';
import { zeroClaw } from '../runtimes/zeroclaw/index.ts';
import { oneAgent, problemsOf, rendered } from '../testing/cluster.ts';
import { chromium } from './chromium.ts';

test('a sidecar whose protocol is on loopback alone', () => {
  const { cluster } = oneAgent({ tools: [chromium()] });
  const objects = rendered(cluster);
  expect(problemsOf(cluster)).toEqual([]);
  expect(Object.keys(objects).filter((name) => name.includes('chromium'))).toEqual([]);
  const pod = objects['StatefulSet agent'].spec.template.spec;
  const [browser] = pod.initContainers;
  expect(browser.command).toEqual([
    '/headless-shell/headless-shell',
    '--no-sandbox',
    '--remote-debugging-address=127.0.0.1',
    '--remote-debugging-port=9222',
    '--user-data-dir=/tmp/profile',
    '--disk-cache-dir=/tmp/cache',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-breakpad',
    '--disable-component-update',
    '--disable-crash-reporter',
    '--disable-sync',
    '--use-angle=swiftshader',
    '--host-resolver-rules=MAP localhost ~NOTFOUND , MAP *.localhost ~NOTFOUND , MAP 0.* ~NOTFOUND , MAP 127.* ~NOTFOUND , MAP 169.254.* ~NOTFOUND , MAP [::*] ~NOTFOUND , MAP ::* ~NOTFOUND',
    'about:blank',
  ]);
  expect(browser).toMatchObject({
    restartPolicy: 'Always',
    securityContext: {
      runAsUser: 65534,
      runAsGroup: 65534,
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
    volumeMounts: [
      { name: 'chromium-tmp', mountPath: '/tmp' },
      { name: 'chromium-dev-shm', mountPath: '/dev/shm' },
    ],
  });
  expect(browser).not.toHaveProperty('ports');
  expect(pod.volumes).toContainEqual({ name: 'chromium-dev-shm', emptyDir: { medium: 'Memory', sizeLimit: '256Mi' } });
  expect(browser.startupProbe.exec.command.slice(0, 2)).toEqual(['bash', '-c']);
  expect([...browser.command, ...browser.startupProbe.exec.command].join('\n')).not.toMatch(/\$[({]/);
});

test('its connections are those of the agent, and a reviewer is told of both', () => {
  const { cluster } = oneAgent({ tools: [chromium()] });
  expect(rendered(cluster)['CiliumNetworkPolicy agent'].metadata.annotations['chitin.dev/flows']).toContain(
    'out the internet:443,80 (tool chromium opens web pages)\n',
  );
  expect(reportedBelow(cluster).findings.map(({ item }) => item.rule)).toEqual([
    'chromium-no-sandbox',
    'sidecar-shares-network',
    'reaches-internet',
  ]);
});

test('it takes nothing from the agent: the browser tool drives it', () => {
  expect(chromium().replaces).toEqual([]);
});

test('a runtime that cannot drive a browser is told so', () => {
  const { cluster } = oneAgent({ runtime: zeroClaw(), tools: [chromium()] });
  expect(problemsOf(cluster)).toEqual([
    {
      message: 'tool chromium is a browser, which runtime zeroclaw cannot use',
      help: 'Remove it. The runtime uses: an MCP server, programs.',
    },
  ]);
});
