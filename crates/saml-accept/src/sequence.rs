//! Reading an element as its schema says: its attributes, and its children in their order.

use std::collections::HashSet;
use std::iter::Peekable;
use std::vec;

use jiff::Timestamp;
use saml_model::names;

use crate::malformed::{Malformed, MalformedKind};
use crate::scalar;
use crate::xml::{Document, Element, NodeKind, is_ncname, is_space};

/// Whether a type lets in attributes of other namespaces (`anyAttribute`).
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Foreign {
    Allowed,
    Refused,
}

/// The children of an element, taken one after the other in schema order. What is left at the end is an error.
pub(crate) struct Sequence<'d> {
    element: Element<'d>,
    taken: Vec<Element<'d>>,
    rest: Peekable<vec::IntoIter<Element<'d>>>,
}

impl<'d> Sequence<'d> {
    /// Begins reading; text other than white space between the children is refused.
    pub(crate) fn of(element: Element<'d>) -> Result<Self, Malformed> {
        let stray = |kind: &NodeKind| matches!(kind, NodeKind::Text(text) if !text.chars().all(is_space));
        if element.child_nodes().any(|(_, kind)| stray(kind)) {
            let name = element.name().to_owned();
            return Err(Malformed::at(
                element,
                MalformedKind::TextBetweenElements { element: name },
            ));
        }
        let children: Vec<_> = element.children().collect();
        Ok(Self {
            element,
            taken: Vec::new(),
            rest: children.into_iter().peekable(),
        })
    }

    /// The next child if it has this name.
    pub(crate) fn optional(&mut self, namespace: &str, local: &str) -> Option<Element<'d>> {
        let child = self.rest.next_if(|child| child.is(namespace, local))?;
        self.taken.push(child);
        Some(child)
    }

    /// The next child, which must have this name.
    pub(crate) fn required(&mut self, namespace: &str, local: &str) -> Result<Element<'d>, Malformed> {
        if let Some(child) = self.optional(namespace, local) {
            return Ok(child);
        }
        let element = self.element.name().to_owned();
        Err(Malformed::at(
            self.element,
            MalformedKind::ElementMissing {
                element,
                child: local.to_owned(),
            },
        ))
    }

    /// The next children as long as they have this name.
    pub(crate) fn many(&mut self, namespace: &str, local: &str) -> Vec<Element<'d>> {
        std::iter::from_fn(|| self.optional(namespace, local)).collect()
    }

    /// The next child, whatever it is.
    pub(crate) fn any(&mut self) -> Option<Element<'d>> {
        self.rest.next()
    }

    /// Refuses what is left.
    pub(crate) fn end(mut self) -> Result<(), Malformed> {
        let Some(child) = self.rest.next() else {
            return Ok(());
        };
        let element = self.element.name().to_owned();
        let again = self
            .taken
            .iter()
            .any(|taken| taken.name() == child.name() && taken.namespace() == child.namespace());
        let name = child.name().to_owned();
        Err(Malformed::at(
            child,
            if again {
                MalformedKind::ElementRepeated { element, child: name }
            } else {
                MalformedKind::ElementUnexpected { element, child: name }
            },
        ))
    }
}

/// Refuses attributes that are not listed. Attributes of XML itself and of XML Schema instances may stand
/// anywhere; those of any other namespace only where the type is open.
pub(crate) fn only_attributes(
    element: Element<'_>,
    known: &[&str],
    foreign: Foreign,
) -> Result<(), Malformed> {
    let unexpected = element.attributes().find(|attribute| match attribute.namespace {
        None => !known.contains(&attribute.local),
        Some(names::NS_XML | names::NS_XSI) => false,
        Some(_) => foreign == Foreign::Refused,
    });
    let Some(attribute) = unexpected else {
        return Ok(());
    };
    Err(Malformed::at(
        element,
        MalformedKind::AttributeUnexpected {
            element: element.name().to_owned(),
            attribute: attribute.local.to_owned(),
        },
    ))
}

/// A required attribute.
pub(crate) fn required<'d>(element: Element<'d>, attribute: &str) -> Result<&'d str, Malformed> {
    element.attribute(attribute).ok_or_else(|| {
        let (element_name, attribute) = (element.name().to_owned(), attribute.to_owned());
        Malformed::at(
            element,
            MalformedKind::AttributeMissing {
                element: element_name,
                attribute,
            },
        )
    })
}

/// A value that is not of its type.
pub(crate) fn bad_value(element: Element<'_>, place: &str, value: &str, expected: &'static str) -> Malformed {
    let (place, value) = (place.to_owned(), value.to_owned());
    Malformed::at(
        element,
        MalformedKind::Value {
            place,
            value,
            expected,
        },
    )
}

/// An attribute as an owned string.
pub(crate) fn optional_string(element: Element<'_>, attribute: &str) -> Option<String> {
    element.attribute(attribute).map(str::to_owned)
}

/// A required xs:dateTime.
pub(crate) fn required_instant(element: Element<'_>, attribute: &str) -> Result<Timestamp, Malformed> {
    let value = required(element, attribute)?;
    scalar::date_time(value)
        .ok_or_else(|| bad_value(element, attribute, value, "an xs:dateTime with a time zone"))
}

/// An xs:dateTime that may be absent.
pub(crate) fn optional_instant(
    element: Element<'_>,
    attribute: &str,
) -> Result<Option<Timestamp>, Malformed> {
    element
        .attribute(attribute)
        .map(|_| required_instant(element, attribute))
        .transpose()
}

/// An xs:boolean that may be absent.
pub(crate) fn optional_boolean(element: Element<'_>, attribute: &str) -> Result<Option<bool>, Malformed> {
    let Some(value) = element.attribute(attribute) else {
        return Ok(None);
    };
    scalar::boolean(value)
        .map(Some)
        .ok_or_else(|| bad_value(element, attribute, value, "an xs:boolean"))
}

/// An xs:unsignedShort that may be absent.
pub(crate) fn optional_index(element: Element<'_>, attribute: &str) -> Result<Option<u16>, Malformed> {
    let Some(value) = element.attribute(attribute) else {
        return Ok(None);
    };
    scalar::unsigned_short(value)
        .map(Some)
        .ok_or_else(|| bad_value(element, attribute, value, "an xs:unsignedShort"))
}

/// The `ID` of a SAML element: an xs:ID, so an NCName.
pub(crate) fn required_id(element: Element<'_>) -> Result<String, Malformed> {
    let id = required(element, "ID")?;
    if is_ncname(id) {
        Ok(id.to_owned())
    } else {
        Err(bad_value(element, "ID", id, "an xs:ID"))
    }
}

/// `Version`, which must be 2.0.
pub(crate) fn required_version(element: Element<'_>) -> Result<String, Malformed> {
    let version = required(element, "Version")?;
    if version == names::VERSION {
        return Ok(version.to_owned());
    }
    let (name, found) = (element.name().to_owned(), version.to_owned());
    Err(Malformed::at(
        element,
        MalformedKind::Version { element: name, found },
    ))
}

/// No two attributes named ID, Id or id, of any namespace, have one value: readers differ in which of them
/// they take for the identifier.
pub(crate) fn unique_ids(document: &Document) -> Result<(), Malformed> {
    unique_ids_of([document])
}

/// The same of documents that were one: a message and what was encrypted in it.
pub(crate) fn unique_ids_of<'d>(documents: impl IntoIterator<Item = &'d Document>) -> Result<(), Malformed> {
    let mut seen = HashSet::new();
    for element in documents.into_iter().flat_map(Document::elements) {
        for attribute in element.attributes() {
            if matches!(attribute.local, "ID" | "Id" | "id") && !seen.insert(attribute.value) {
                let id = attribute.value.to_owned();
                return Err(Malformed::at(element, MalformedKind::IdRepeated { id }));
            }
        }
    }
    Ok(())
}
