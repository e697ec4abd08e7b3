/**
 * Skips what follows a failed test in a `describe` whose tests each continue from the one before. mocha's
 * `bail` would end the other files too.
 */
export function skipAfterFailure(suite: Mocha.Suite): void {
  let failed = false;
  suite.beforeEach(function () {
    if (failed) this.skip();
  });
  suite.afterEach(function () {
    failed ||= this.currentTest?.state === "failed";
  });
}
