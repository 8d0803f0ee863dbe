export { type CustomOptions, type CustomSecret, custom } from './custom.ts';
