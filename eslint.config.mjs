import pulumi from "@pulumi/eslint-plugin";
import prettier from "eslint-config-prettier";
import { defineConfig, globalIgnores } from "eslint/config";
import tseslint from "typescript-eslint";

export default defineConfig(
  // policy/index.ts is typed by its own package: npm run typecheck there.
  globalIgnores(["**/node_modules/", ".sandbox/", "**/*.js", "policy/index.ts"]),
  { linterOptions: { reportUnusedDisableDirectives: "off" } },
  {
    files: ["**/*.ts"],
    extends: [tseslint.configs.strictTypeChecked, prettier],
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      // Numbers read well in messages; everything else in a template has to be a string.
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      // Never ends on types that contain themselves, such as that of any value of a resource.
      "@typescript-eslint/no-unsafe-class-instance-assignment": "off",
      "@typescript-eslint/no-unsafe-enum-assignment": "off",
      // `() => doIt()` as a callback of no value is fine.
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      // `{ left, ...rest }` leaves something out on purpose.
      "@typescript-eslint/no-unused-vars": [
        "error",
        { argsIgnorePattern: "^_", ignoreRestSiblings: true },
      ],
      eqeqeq: "error",
      "no-console": "off",
    },
  },
  {
    // The program: an Output in a template literal is a bug that only shows in the cloud.
    files: [
      "index.ts",
      "components/**/*.ts",
      "settings/**/*.ts",
      "inventory/**/*.ts",
      "teleport/**/*.ts",
    ],
    plugins: { "@pulumi": pulumi },
    rules: {
      "@pulumi/no-output-in-template-literal": "error",
      // All of these SDKs is 450 files, which every preview would wait for.
      "@typescript-eslint/no-restricted-imports": [
        "error",
        {
          paths: ["aws", "kubernetes", "vault"].map((sdk) => ({
            name: `@pulumi/${sdk}`,
            message: `Import the module that you need, such as @pulumi/${sdk}/provider.`,
            allowTypeImports: true,
          })),
        },
      ],
    },
  },
  {
    // The stand-ins handle values of any shape, and messages of generated stubs that come without types.
    files: ["sandbox/src/providers/**/*.ts"],
    rules: {
      "@typescript-eslint/no-base-to-string": "off",
      "@typescript-eslint/no-dynamic-delete": "off",
      "@typescript-eslint/no-unsafe-argument": "off",
      "@typescript-eslint/no-unsafe-assignment": "off",
      "@typescript-eslint/no-unsafe-call": "off",
      "@typescript-eslint/no-unsafe-member-access": "off",
      "@typescript-eslint/no-unsafe-return": "off",
      "@typescript-eslint/require-await": "off",
      "@typescript-eslint/unbound-method": "off",
    },
  },
  {
    files: ["**/tests/**/*.ts"],
    rules: {
      "@typescript-eslint/no-non-null-assertion": "off",
      "@typescript-eslint/no-unused-expressions": "off",
      // Tests look into whatever comes back: rendered values, messages of generated stubs.
      "@typescript-eslint/no-base-to-string": "off",
      "@typescript-eslint/no-unsafe-argument": "off",
      "@typescript-eslint/no-unsafe-assignment": "off",
      "@typescript-eslint/no-unsafe-call": "off",
      "@typescript-eslint/no-unsafe-member-access": "off",
      "@typescript-eslint/no-unsafe-return": "off",
    },
  },
);
