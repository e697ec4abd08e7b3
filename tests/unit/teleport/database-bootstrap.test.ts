import * as assert from "node:assert/strict";
import { BOOTSTRAP_SCRIPT } from "../../../teleport/database-bootstrap";

/** What PostgreSQL 15, on which the engine tests run the script, does not refuse. */
describe("the bootstrap script", () => {
  it("lets the administrator act as the role that it makes, for PostgreSQL 16 and later", () => {
    // Who makes a role is its member there (MEMBER) and may still not give it a database.
    assert.match(
      BOOTSTRAP_SCRIPT,
      /GRANT %I TO CURRENT_USER', :'user'\)\nWHERE NOT pg_has_role\(current_user, :'user', 'USAGE'\)/,
    );
  });
});
