/**
 * Provider framework of the stand-in plugins. A plugin's main file is
 * `await serve(provider)`, with `provider` as described by the `Provider` interface.
 */
export * from "./framework-types.ts";
export * from "./framework-values.ts";
export * from "./framework-diff.ts";
export { serve, typeOf, nameOf } from "./framework-server.ts";
