"use strict";
/* Unpacks the data of one organization, and finds what a filter asks for. */

(() => {
  const STATUSES = ["unhealthy", "unknown", "healthy", "gone"];
  const NO_REGISTRY = "no image";

  function unpack(data) {
    const registries = [...data.registries, NO_REGISTRY];
    const images = data.images.map(([name, registry], index) => ({
      index, name, registry: registries.at(registry), repositories: [], outcomes: new Map(),
    }));
    const uses = data.uses.map(([image, source, path, line, outcome, detail]) => ({
      image: images[image], source, path, line, outcome, detail,
    }));
    const credentials = data.credentials.map(([identifier, server, level, expires, changed, outcome, detail, owner], index) => ({
      index, identifier, server, level, expires, changed, outcome, detail, owner, repositories: [],
    }));
    const causes = data.causes.map((cause) => ({ ...cause, about: cause.triple || cause.registry, repositories: [] }));
    const repositories = data.names.map((name, index) => repository(data, name, index, { registries, uses, credentials, causes }));
    for (const each of repositories) {
      for (const cause of each.causes) cause.repositories.push(each);
      for (const credential of each.credentials) credential.repositories.push(each);
      for (const image of each.images) image.repositories.push(each);
      for (const use of each.uses) use.image.outcomes.set(use.outcome, (use.image.outcomes.get(use.outcome) ?? 0) + 1);
    }
    for (const credential of credentials) credential.key = keyOf(credential, repositories);
    return {
      organization: data.organization,
      at: data.at,
      status: data.status,
      verdict: data.verdict,
      listed: data.listed,
      unchecked: data.unchecked,
      notes: data.notes,
      runs: data.runs.map(([at, status, unhealthy, unknown, healthy]) => ({ at, status, counts: [unhealthy, unknown, healthy] })),
      registries: [...new Set(repositories.flatMap((each) => each.registries))].sort(),
      rules: [...new Set(causes.map((cause) => cause.rule))].sort(),
      repositories,
      causes,
      credentials,
      images,
      byName: new Map(repositories.map((each) => [each.name, each])),
      byCause: new Map(causes.map((cause) => [cause.id, cause])),
    };
  }

  function repository(data, name, index, tables) {
    const uses = data.used[index].map((position) => tables.uses[position]);
    const images = [...new Set(uses.map((use) => use.image))];
    const named = [...new Set(images.map((image) => image.registry))];
    const causes = data.findings[index].map((position) => tables.causes[position]);
    return {
      index,
      name,
      status: STATUSES[data.statuses[index]],
      uses,
      images,
      causes,
      registries: named.length ? named : [NO_REGISTRY],
      credentials: data.holding[index].map((position) => tables.credentials[position]),
      reasons: data.open[index].map((position) => data.reasons[position]),
      history: data.history[index].map(([at, status, rules]) => ({
        at: data.moments[at], status: STATUSES[status], rules: rules.map((rule) => data.rules[rule]),
      })),
      text: [name, ...images.map((image) => image.name)].join("\n").toLowerCase(),
    };
  }

  /* A name for addresses that stays the same from run to run. */
  function keyOf(credential, repositories) {
    const owner = credential.owner >= 0 ? repositories[credential.owner].name : "";
    return [credential.identifier, credential.server, owner].filter(Boolean).join(" ");
  }

  function words(text = "") {
    return text.toLowerCase().split(/\s+/).filter(Boolean);
  }

  function hasAll(text, wanted) {
    return wanted.every((word) => text.includes(word));
  }

  /* The repositories that every given filter lets through, in the order of the report. */
  function matching(model, filters) {
    const wanted = words(filters.q);
    return model.repositories.filter(
      (each) =>
        (!filters.status || each.status === filters.status) &&
        (!filters.registry || each.registries.includes(filters.registry)) &&
        (!filters.rule || each.causes.some((cause) => cause.rule === filters.rule)) &&
        (!filters.cause || each.causes.some((cause) => cause.id === filters.cause)) &&
        (!filters.image || each.images.some((image) => image.name === filters.image)) &&
        (!filters.credential || each.credentials.some((credential) => credential.key === filters.credential)) &&
        (!wanted.length || hasAll(each.text, wanted)),
    );
  }

  function matchingCauses(model, filters) {
    const wanted = words(filters.q);
    return model.causes.filter(
      (cause) =>
        (!filters.severity || cause.severity === filters.severity) &&
        (!filters.rule || cause.rule === filters.rule) &&
        (!filters.registry || cause.registry === filters.registry) &&
        (!wanted.length || hasAll([cause.rule, cause.about, cause.message].join("\n").toLowerCase(), wanted)),
    );
  }

  function matchingImages(model, filters) {
    const wanted = words(filters.q);
    return model.images
      .filter((image) => (!filters.registry || image.registry === filters.registry) && hasAll(image.name.toLowerCase(), wanted))
      .sort((a, b) => b.repositories.length - a.repositories.length || (a.name < b.name ? -1 : 1));
  }

  /* How many repositories have each of the three statuses, worst first. */
  function counted(repositories) {
    const counts = [0, 0, 0];
    for (const each of repositories) counts[STATUSES.indexOf(each.status)] += 1;
    return counts;
  }

  Object.assign(crreg, { STATUSES, NO_REGISTRY, unpack, matching, matchingCauses, matchingImages, counted });
})();
