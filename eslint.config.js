import js from '@eslint/js';

export default [
  { ignores: ['build/', 'node_modules/', '.wrangler/'] },
  js.configs.recommended,
  {
    languageOptions: { ecmaVersion: 2025, sourceType: 'module' },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      // tsc knows the names there are, of the platform too, and reads JSDoc's imports.
      'no-undef': 'off',
      'no-unused-vars': ['error', { args: 'after-used', argsIgnorePattern: '^_', ignoreRestSiblings: true }],
      eqeqeq: 'error',
      curly: ['error', 'multi-line'],
      'no-var': 'error',
      'prefer-const': 'error',
      'object-shorthand': 'error',
      'prefer-template': 'error',
      'no-else-return': 'error',
      'no-implicit-coercion': 'error',
      'no-throw-literal': 'error',
      'prefer-promise-reject-errors': 'error',
      'no-constructor-return': 'error',
      'no-self-compare': 'error',
      'no-unreachable-loop': 'error',
      'no-template-curly-in-string': 'error',
      'no-eval': 'error',
      'no-new-func': 'error',
      'require-atomic-updates': 'off', // it takes every object that is shared over an await for a race
      'max-depth': ['error', 4],
      complexity: ['error', 20],
    },
  },
];
