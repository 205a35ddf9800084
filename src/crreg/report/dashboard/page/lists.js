"use strict";
/* The views that are lists: repositories, causes, credentials and images. */

(() => {
  const { el, link, plural, marked, moment, daysUntil, table, paged, filtered, choicesOf } = crreg;
  const ROWS = 100;
  const CAUSES = 25;
  const STATUS = { name: "status", label: "Status", choices: choicesOf(["unhealthy", "unknown", "healthy"], "Any status") };
  const TEXT = { name: "q", label: "Text" };

  const registryField = (model) => ({ name: "registry", label: "Registry", choices: choicesOf(model.registries, "Any registry") });
  const ruleField = (model) => ({ name: "rule", label: "Rule", choices: choicesOf(model.rules, "Any rule") });

  function ofAll(found, all, one, many) {
    return `${found.length.toLocaleString("en")} of ${plural(all.length, one, many)}`;
  }

  function repositories(model, filters) {
    const view = ["repositories"];
    const shape = { name: "show", label: "Show", choices: [["", "List"], ["map", "Map"]] };
    return [
      el("h1", {}, "Repositories"),
      filtered(view, filters, [TEXT, STATUS, registryField(model), ruleField(model), shape], (current) => {
        const found = crreg.matching(model, current);
        const said = `${ofAll(found, model.repositories, "repository", "repositories")}: ${crreg.told(crreg.counted(found))}`;
        if (current.show === "map") return [said, crreg.map(found, { ...current, page: "", show: "" }, 2)];
        const { shown, links } = paged(found, ROWS, view, current);
        return [said, found.length ? table("Repositories", ["Repository", "Status", "Images", "Why"], shown.map(row)) : null, links];
      }),
    ];
  }

  function row(each) {
    return [
      link(["repository", ...each.name.split("/")], {}, each.name),
      marked(each.status),
      String(each.images.length),
      why(each),
    ];
  }

  function why(each) {
    const errors = each.causes.filter((cause) => cause.severity === "error");
    if (!errors.length) return each.reasons.slice(0, 3).join("; ");
    return errors.slice(0, 5).flatMap((cause, position) => [position ? ", " : "", link(["cause", cause.id], {}, cause.rule)]);
  }

  function causes(model, filters) {
    const view = ["causes"];
    const severity = { name: "severity", label: "Severity", choices: choicesOf(["error", "warning"], "Any severity") };
    return [
      el("h1", {}, "Causes"),
      filtered(view, filters, [TEXT, severity, ruleField(model), registryField(model)], (current) => {
        const found = crreg.matchingCauses(model, current);
        const { shown, links } = paged(found, CAUSES, view, current);
        return [ofAll(found, model.causes, "cause"), ...shown.map((each) => crreg.cause(each, 2)), links];
      }),
    ];
  }

  function credentials(model, filters) {
    const view = ["credentials"];
    const expiry = { name: "expiry", label: "Expiry", choices: [["", "Any expiry"], ["90", "Expired, or expires in 90 days"], ["none", "No known expiry"]] };
    const all = model.credentials
      .map((each) => ({ ...each, days: each.expires ? daysUntil(each.expires) : undefined }))
      .sort((a, b) => (a.days ?? Infinity) - (b.days ?? Infinity) || (a.key < b.key ? -1 : 1));
    const known = all.filter((each) => each.days !== undefined);
    return [
      el("h1", {}, "Credentials"),
      known.length ? crreg.weeks(known.map((each) => each.days)) : null,
      filtered(view, filters, [TEXT, expiry], (current) => {
        const wanted = (current.q ?? "").toLowerCase();
        const found = all.filter(
          (each) =>
            each.key.toLowerCase().includes(wanted) &&
            (current.expiry !== "90" || each.days <= 90) &&
            (current.expiry !== "none" || each.days === undefined),
        );
        const { shown, links } = paged(found, ROWS, view, current);
        return [ofAll(found, all, "credential"), found.length ? credentialTable(shown) : null, links];
      }),
      el("p", { class: "note" }, "Only some registries say when a credential expires. For others, see when it was last changed."),
    ];
  }

  function credentialTable(shown) {
    return table(
      "Credentials, those that expire first on top",
      ["Identifier", "Server", "Level", "Expires", "Password changed", "Last login", "Repositories"],
      shown.map((each) => [
        el("code", {}, each.identifier),
        each.server ? el("code", {}, each.server) : "not known",
        each.level || "not stored",
        expires(each),
        each.changed ? moment(each.changed) : "not known",
        each.outcome || "not tried",
        link(["repositories"], { credential: each.key }, String(each.repositories.length)),
      ]),
    );
  }

  function expires({ expires: at }) {
    if (!at) return "not known";
    const days = daysUntil(at);
    const said = days < 0 ? "expired" : days === 0 ? "within a day" : `in ${plural(days, "day")}`;
    const status = days < 0 ? "unhealthy" : days <= 90 ? "unknown" : "healthy";
    return [marked(status, said), " (", moment(at), ")"];
  }

  function images(model, filters) {
    const view = ["images"];
    return [
      el("h1", {}, "Images"),
      filtered(view, filters, [TEXT, registryField(model)], (current) => {
        const found = crreg.matchingImages(model, current);
        const { shown, links } = paged(found, ROWS, view, current);
        const rows = shown.map((image) => [
          el("code", {}, image.name),
          link(["repositories"], { image: image.name }, String(image.repositories.length)),
          [...image.outcomes].map(([outcome, count]) => `${outcome || "not asked for"}: ${count}`).join(", "),
        ]);
        return [ofAll(found, model.images, "image"), found.length ? table("Images, those with most users on top", ["Image", "Repositories", "Answers"], rows) : null, links];
      }),
    ];
  }

  Object.assign(crreg, { lists: { repositories, causes, credentials, images }, credentialTable });
})();
