import { expect, test } from 'vitest';
import { anthropic, google, openAiCompatible, openai } from './providers.ts';
import { route } from './route.ts';

test('a route of built-in providers', () => {
  const { primary, fallbacks, providers } = route('anthropic/claude-sonnet-4-5', {
    fallbacks: ['openai/gpt-5', 'anthropic/claude-haiku-4-5'],
  });
  expect([primary, ...fallbacks].map(({ provider, model }) => [provider.name, model])).toEqual([
    ['anthropic', 'claude-sonnet-4-5'],
    ['openai', 'gpt-5'],
    ['anthropic', 'claude-haiku-4-5'],
  ]);
  expect(providers.map(({ name }) => name)).toEqual(['anthropic', 'openai']);
});

test('a model may have slashes in its own name', () => {
  const providers = [openAiCompatible('vllm', { url: 'https://llm.example.org/v1' })];
  expect(route('vllm/Qwen/Qwen3-32B', { providers }).primary.model).toBe('Qwen/Qwen3-32B');
});

test('a provider of the same name replaces the built-in one', () => {
  const own = openAiCompatible('openai', { url: 'https://proxy.example.org/v1', key: false });
  const { primary, providers } = route('openai/gpt-5', { providers: [own] });
  expect(primary.provider).toBe(own);
  expect(providers).toEqual([own]);
});

test.each(['mistral/large', '/gpt-5', 'anthropic/', 'gpt-5', ''])('"%s" names no known provider and model', (text) => {
  expect(() => route(text as 'anthropic/x')).toThrow(
    `model "${text}" does not start with a known provider and "/" (known: anthropic, google, openai)`,
  );
  expect(() => route('openai/gpt-5', { fallbacks: [text as 'anthropic/x'] })).toThrow(`model "${text}"`);
});

test('the providers know their key and their connection', () => {
  const flow = (name: string, provider: string) => ({
    direction: 'out',
    peer: { kind: 'host', name, addresses: 'public' },
    ports: [{ port: 443 }],
    because: `model provider ${provider}`,
  });
  expect(anthropic()).toEqual({
    name: 'anthropic',
    api: 'anthropic',
    secret: { name: 'anthropic', keys: { 'api-key': 'Anthropic API key' } },
    flow: flow('api.anthropic.com', 'anthropic'),
  });
  expect(openai()).toEqual({
    name: 'openai',
    api: 'openai',
    secret: { name: 'openai', keys: { 'api-key': 'OpenAI API key' } },
    flow: flow('api.openai.com', 'openai'),
  });
  expect(google()).toEqual({
    name: 'google',
    api: 'google',
    secret: { name: 'google', keys: { 'api-key': 'Gemini API key' } },
    flow: flow('generativelanguage.googleapis.com', 'google'),
  });
});

test('a compatible service outside the cluster', () => {
  const { baseUrl, secret, flow } = openAiCompatible('llm', { url: 'https://llm.example.org:8443/v1' });
  expect(baseUrl?.('cluster.local')).toBe('https://llm.example.org:8443/v1');
  expect(secret).toEqual({ name: 'llm', keys: { 'api-key': 'API key of llm' } });
  expect(flow).toMatchObject({ peer: { kind: 'host', name: 'llm.example.org' }, ports: [{ port: 8443 }] });
});

test('a compatible service in the cluster: its Service is asked, its pods are let through', () => {
  const service = { name: 'llm', namespace: 'ai', port: 80, containerPort: 8000, labels: { app: 'vllm' } };
  const { baseUrl, secret, flow } = openAiCompatible('llm', { service, key: false });
  expect(baseUrl?.('k8s.example')).toBe('http://llm.ai.svc.k8s.example:80/v1');
  expect(secret).toBeUndefined();
  expect(flow).toEqual({
    direction: 'out',
    peer: { kind: 'pods', namespace: 'ai', labels: { app: 'vllm' } },
    ports: [{ port: 8000 }],
    because: 'model provider llm',
  });
  const bare = { name: 'llm', namespace: 'ai', port: 11434, labels: {}, path: '/openai' } as const;
  const other = openAiCompatible('llm', { service: bare });
  expect(other.baseUrl?.('cluster.local')).toBe('http://llm.ai.svc.cluster.local:11434/openai');
  expect(other.flow.ports).toEqual([{ port: 11434 }]);
});
