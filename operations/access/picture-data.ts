import {
  grantDetails,
  refText,
  type AccessModel,
  type Grant,
  type ResourceKind,
} from "../../teleport/access";

/** Above this number of resources, resources with the same access share a row. */
export const MOST_ROWS = 40;

/** A row of the matrix. */
export interface Row {
  kind: ResourceKind;
  names: string[];
  /** Access of each principal, in the principals' order. */
  cells: Grant[][];
  /** Short name of a row with several resources, which a list below names. */
  letter?: string;
}

/** The rows: one for each resource, or, if there are many, one for each set of resources with the same access. */
export function rowsOf({ principals, resources }: AccessModel): Row[] {
  const collapse = resources.length > MOST_ROWS;
  const rows = new Map<string, Row>();
  const byResource = principals.map(({ grants }) => {
    const found = new Map<string, Grant[]>();
    for (const grant of grants) {
      const ref = refText(grant.resource);
      found.set(ref, [...(found.get(ref) ?? []), grant]);
    }
    return found;
  });
  for (const resource of resources) {
    const cells = byResource.map((grants) => grants.get(refText(resource)) ?? []);
    const alike = cells.map((grants) => grants.map((grant) => ({ ...grant, resource: undefined })));
    const id = collapse ? JSON.stringify([resource.kind, alike]) : refText(resource);
    const row = rows.get(id);
    if (row === undefined) rows.set(id, { kind: resource.kind, names: [resource.name], cells });
    else row.names.push(resource.name);
  }
  let letters = 0;
  return [...rows.values()].map((row) =>
    row.names.length === 1 ? row : { ...row, letter: groupLetter(letters++) },
  );
}

/** A, B, …, Z, A1, B1, … */
function groupLetter(index: number): string {
  const round = Math.floor(index / 26);
  return String.fromCharCode(65 + (index % 26)) + (round === 0 ? "" : String(round));
}

/** Means of access to clusters and databases, each with all who have it. */
export function accessMethods({
  principals,
}: AccessModel): { what: string; how: string; who: string[] }[] {
  const found = new Map<string, { what: string; how: string; who: string[] }>();
  for (const principal of principals) {
    for (const grant of principal.grants.filter(({ resource }) => resource.kind !== "app")) {
      const what = refText(grant.resource);
      const request = grant.how === "request" ? "on request: " : "";
      const how = request + grantDetails(grant).join("; ");
      const id = `${what} ${how}`;
      const same = found.get(id) ?? { what, how, who: [] };
      same.who.push(refText(principal));
      found.set(id, same);
    }
  }
  return [...found.values()];
}
