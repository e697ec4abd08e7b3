/** Where plugins and charts come from: the vendor, or a stand-in of the sandbox. */
export type Source = "official" | "standin";
/** The same, or whichever is available. */
export type Choice = Source | "auto";
/** How to get programs: from the vendors' releases, or compiled. */
export type ToolsChoice = "auto" | "download" | "source";
