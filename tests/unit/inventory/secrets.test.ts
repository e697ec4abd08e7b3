import * as assert from "node:assert/strict";
import { databaseSecret, readPath, writtenPath } from "../../../inventory/secrets";

type Credentials = Parameters<typeof databaseSecret>[0]["database"]["credentials"];

describe("Vault paths of the database's credentials", () => {
  const cases: [Credentials, read: string, written: string | undefined][] = [
    [{ source: "existing", path: "db/teleport" }, "secret/data/db/teleport", undefined],
    [
      { source: "generated", path: "db/teleport" },
      "secret/data/db/teleport",
      "secret/data/db/teleport",
    ],
    [
      { source: "static-role", mount: "database", role: "teleport", connection: "main" },
      "database/static-creds/teleport",
      "database/static-roles/teleport",
    ],
  ];
  for (const [credentials, read, written] of cases) {
    it(`are those that are read and written: ${credentials.source}`, () => {
      const secret = databaseSecret({
        namespace: { name: "teleport" },
        vault: { kvMount: "secret" },
        database: { secretName: "teleport-db", credentials },
      });
      assert.deepEqual([readPath(secret), writtenPath(secret)], [read, written]);
    });
  }
});
