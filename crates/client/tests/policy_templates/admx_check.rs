//! Faults in an ADMX and its ADMLs that Windows would stumble over: the shape that the schema `PolicyDefinitionFiles` of Microsoft
//! prescribes, as far as Overleg uses it, and references that lead nowhere.
//!
//! Source: "Policy Definition Files schema", Microsoft Learn, Group Policy ADMX Syntax Reference Guide.

use std::collections::BTreeSet;

use roxmltree::{Document, Node};

const NAMESPACE: &str = "http://schemas.microsoft.com/GroupPolicy/2006/07/PolicyDefinitions";

/// An element: the attributes it must have, those it may have, and its children, in their order.
type Shape = (
    &'static str,
    &'static [&'static str],
    &'static [&'static str],
    &'static [&'static str],
);

const SHAPES: &[Shape] = &[
    (
        "policyDefinitions",
        &["revision", "schemaVersion"],
        &[],
        &[
            "policyNamespaces",
            "supersededAdm",
            "resources",
            "supportedOn",
            "categories",
            "policies",
        ],
    ),
    ("policyNamespaces", &[], &[], &["target", "using"]),
    ("target", &["prefix", "namespace"], &[], &[]),
    ("resources", &["minRequiredRevision"], &[], &[]),
    ("supportedOn", &[], &["ref"], &["definitions"]),
    ("definitions", &[], &[], &["definition"]),
    ("definition", &["name", "displayName"], &[], &[]),
    ("categories", &[], &[], &["category"]),
    (
        "category",
        &["name", "displayName"],
        &["explainText"],
        &["parentCategory"],
    ),
    ("parentCategory", &["ref"], &[], &[]),
    ("policies", &[], &[], &["policy"]),
    (
        "policy",
        &["name", "class", "displayName", "key"],
        &["explainText", "presentation", "valueName"],
        &[
            "parentCategory",
            "supportedOn",
            "enabledValue",
            "disabledValue",
            "elements",
        ],
    ),
    ("enabledValue", &[], &[], &["decimal"]),
    ("disabledValue", &[], &[], &["decimal"]),
    ("elements", &[], &[], &["decimal", "text", "multiText", "enum"]),
    (
        "decimal",
        &[],
        &["value", "id", "valueName", "required", "minValue", "maxValue"],
        &[],
    ),
    ("text", &["id", "valueName"], &["required", "maxLength"], &[]),
    (
        "multiText",
        &["id", "valueName"],
        &["required", "maxLength", "maxStrings"],
        &[],
    ),
    ("enum", &["id", "valueName"], &["required"], &["item"]),
    ("item", &["displayName"], &[], &["value"]),
    ("value", &[], &[], &["string"]),
    ("string", &[], &["id"], &[]),
    (
        "policyDefinitionResources",
        &["revision", "schemaVersion"],
        &[],
        &["displayName", "description", "resources"],
    ),
    ("displayName", &[], &[], &[]),
    ("description", &[], &[], &[]),
    ("stringTable", &[], &[], &["string"]),
    ("presentationTable", &[], &[], &["presentation"]),
    (
        "presentation",
        &["id"],
        &[],
        &["decimalTextBox", "textBox", "multiTextBox", "dropdownList"],
    ),
    (
        "decimalTextBox",
        &["refId"],
        &["defaultValue", "spin", "spinStep"],
        &[],
    ),
    ("textBox", &["refId"], &[], &["label", "defaultValue"]),
    ("multiTextBox", &["refId"], &[], &[]),
    ("dropdownList", &["refId"], &["noSort", "defaultItem"], &[]),
    ("label", &[], &[], &[]),
];

/// All that is wrong, a sentence each.
pub fn wrong(admx: &str, admls: &[String]) -> Vec<String> {
    let mut wrong = Vec::new();
    let document = match Document::parse(admx) {
        Ok(document) => document,
        Err(error) => return vec![format!("no XML: {error}")],
    };
    shapes(document.root_element(), &mut wrong);
    references(&document, &mut wrong);
    for adml in admls {
        match Document::parse(adml) {
            Ok(texts) => {
                shapes(texts.root_element(), &mut wrong);
                texts_of(&document, &texts, &mut wrong);
            }
            Err(error) => wrong.push(format!("no XML: {error}")),
        }
    }
    wrong
}

fn named<'a>(document: &'a Document<'_>, name: &'static str) -> impl Iterator<Item = Node<'a, 'a>> {
    document
        .descendants()
        .filter(move |node| node.is_element() && node.tag_name().name() == name)
}

fn shapes(node: Node<'_, '_>, wrong: &mut Vec<String>) {
    let name = node.tag_name().name();
    if node.tag_name().namespace() != Some(NAMESPACE) {
        wrong.push(format!("<{name}> is of another namespace"));
    }
    let of_adml = name == "resources" && node.attributes().len() == 0;
    let shape = SHAPES.iter().find(|(known, ..)| *known == name);
    let Some((_, must, may, children)) = shape else {
        wrong.push(format!("<{name}> is no element of the schema"));
        return;
    };
    let (must, children): (&[&str], &[&str]) = if of_adml {
        (&[], &["stringTable", "presentationTable"])
    } else {
        (must, children)
    };
    for attribute in node.attributes() {
        let attribute = attribute.name();
        if !must.contains(&attribute) && !may.contains(&attribute) {
            wrong.push(format!("<{name}> has no {attribute}"));
        }
    }
    for attribute in must {
        if !node.has_attribute(*attribute) {
            wrong.push(format!("<{name}> needs {attribute}"));
        }
    }
    let mut before = 0;
    for child in node.children().filter(Node::is_element) {
        let tag = child.tag_name().name();
        match children.iter().position(|known| *known == tag) {
            None => wrong.push(format!("<{tag}> cannot stand in <{name}>")),
            // Elements of a policy, and presentations, may stand in any order.
            Some(at) if at < before && !matches!(name, "elements" | "presentation") => {
                wrong.push(format!("<{tag}> stands too late in <{name}>"));
            }
            Some(at) => before = at,
        }
        shapes(child, wrong);
    }
}

/// Names once each, and references to what is there.
fn references(document: &Document<'_>, wrong: &mut Vec<String>) {
    let categories: BTreeSet<_> = named(document, "category")
        .filter_map(|node| node.attribute("name"))
        .collect();
    for parent in named(document, "parentCategory").filter_map(|node| node.attribute("ref")) {
        if !categories.contains(parent) {
            wrong.push(format!("there is no category {parent}"));
        }
    }
    let (mut names, mut places) = (BTreeSet::new(), BTreeSet::new());
    for policy in named(document, "policy") {
        let of = |name| policy.attribute(name).unwrap_or_default();
        if !names.insert(of("name")) {
            wrong.push(format!("two policies are called {}", of("name")));
        }
        if !["Both", "Machine", "User"].contains(&of("class")) {
            wrong.push(format!("{} is no class", of("class")));
        }
        let within = policy
            .descendants()
            .filter_map(|node| node.attribute("valueName"));
        let values: BTreeSet<_> = within.collect();
        if values.len() != 1 {
            wrong.push(format!("{} writes {} values", of("name"), values.len()));
        }
        for value in values {
            if !places.insert((of("key"), value)) {
                wrong.push(format!("two policies write {value}"));
            }
        }
    }
}

/// Texts and presentations that an ADMX names and its ADML does not have, or the other way round.
fn texts_of(document: &Document<'_>, texts: &Document<'_>, wrong: &mut Vec<String>) {
    let references = |kind: &str| -> BTreeSet<String> {
        let prefix = format!("$({kind}.");
        let values = document.descendants().flat_map(|node| node.attributes());
        values
            .filter_map(|value| {
                value
                    .value()
                    .strip_prefix(&prefix)?
                    .strip_suffix(')')
                    .map(str::to_owned)
            })
            .collect()
    };
    let ids = |name| -> BTreeSet<String> {
        named(texts, name)
            .filter_map(|node| node.attribute("id").map(str::to_owned))
            .collect()
    };
    for (kind, name) in [("string", "string"), ("presentation", "presentation")] {
        for lost in references(kind).symmetric_difference(&ids(name)) {
            wrong.push(format!("{kind} {lost} is only in one of the files"));
        }
    }
    let elements: BTreeSet<_> = named(document, "elements")
        .flat_map(|node| node.children())
        .filter_map(|node| node.attribute("id"))
        .collect();
    let controls: BTreeSet<_> = texts
        .descendants()
        .filter_map(|node| node.attribute("refId"))
        .collect();
    for lost in elements.symmetric_difference(&controls) {
        wrong.push(format!("element {lost} is only in one of the files"));
    }
}
