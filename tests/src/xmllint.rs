//! `xmllint` with the OASIS schemas: it judges names, order and types of what we write.

use std::{collections::BTreeMap, path::PathBuf};

use crate::witness::{Tool, Witness, text, witness};

const OPENSAML: &str = "/usr/share/xml/opensaml";
const XMLTOOLING: &str = "/usr/share/xml/xmltooling";

/// libxml2's command line tool and the schemas as Debian ships them.
pub const XMLLINT: Tool = Tool {
    name: "xmllint with the SAML schemas",
    program: "xmllint",
    install: "apt-get install libxml2-utils opensaml-schemas xmltooling-schemas",
    probe: &["--version"],
    probe_says: "Schemas",
    needs: &[OPENSAML, XMLTOOLING],
};

/// What the schemas import by an address in the network, and the file that stands for it.
const IMPORTS: &[(&str, &str)] = &[
    (
        "http://www.w3.org/TR/2002/REC-xmldsig-core-20020212/xmldsig-core-schema.xsd",
        "xmldsig-core-schema.xsd",
    ),
    (
        "http://www.w3.org/TR/2002/REC-xmlenc-core-20021210/xenc-schema.xsd",
        "xenc-schema.xsd",
    ),
    ("http://www.w3.org/2001/xml.xsd", "xml.xsd"),
];

/// A schema to hold documents against.
#[derive(Clone, Copy, Debug)]
pub enum Schema {
    /// saml-schema-assertion-2.0.
    Assertion,
    /// saml-schema-metadata-2.0.
    Metadata,
    /// saml-schema-protocol-2.0.
    Protocol,
}

impl Schema {
    fn path(self) -> PathBuf {
        let name = match self {
            Self::Assertion => "assertion",
            Self::Metadata => "metadata",
            Self::Protocol => "protocol",
        };
        PathBuf::from(OPENSAML).join(format!("saml-schema-{name}-2.0.xsd"))
    }
}

/// The installed `xmllint` with a catalog of the schemas.
#[derive(Debug)]
pub struct Xmllint {
    witness: Witness,
    catalog: PathBuf,
}

impl Xmllint {
    /// The tool, or `None` where it or a schema is not installed; see [`witness`].
    #[must_use]
    pub fn find() -> Option<Self> {
        let witness = witness(&XMLLINT)?;
        let catalog = witness.write("catalog.xml", catalog());
        Some(Self { witness, catalog })
    }

    /// Validates named documents in one run. Gives, for every document that is not valid, what the tool said.
    ///
    /// # Panics
    ///
    /// Where the tool judged fewer documents than it got, for instance because a schema did not load.
    pub fn invalid<'d>(
        &self,
        schema: Schema,
        documents: impl IntoIterator<Item = (&'d str, &'d str)>,
    ) -> BTreeMap<String, String> {
        let documents: Vec<_> = documents.into_iter().collect();
        let mut command = self.witness.command();
        command
            .args(["--nonet", "--noout", "--schema"])
            .arg(schema.path());
        command.env("XML_CATALOG_FILES", &self.catalog);
        let folder = self.witness.path("");
        command.current_dir(&folder);
        for (index, (_, xml)) in documents.iter().enumerate() {
            self.witness.write(file_name(index), xml);
            command.arg(file_name(index));
        }
        let said = text(&command.output().expect("an installed witness starts"));
        let mut invalid = BTreeMap::new();
        for (index, (name, _)) in documents.iter().enumerate() {
            let file = file_name(index);
            if said.lines().any(|line| line == format!("{file} validates")) {
                continue;
            }
            let against: Vec<_> = said.lines().filter(|line| line.starts_with(&file)).collect();
            assert!(!against.is_empty(), "{name} was not judged: {said}");
            invalid.insert((*name).to_owned(), against.join("\n"));
        }
        invalid
    }

    /// The value of an XPath expression over a document, without the line feed the tool adds.
    ///
    /// # Errors
    ///
    /// The tool's own words, also where the expression selects nothing.
    pub fn xpath(&self, xml: &str, expression: &str) -> Result<String, String> {
        let path = self.witness.write("xpath.xml", xml);
        let output = self.witness.run([
            "--nonet".as_ref(),
            "--xpath".as_ref(),
            expression.as_ref(),
            path.as_os_str(),
        ]);
        let said = String::from_utf8_lossy(&output.stdout);
        if output.status.success() {
            Ok(said.strip_suffix('\n').unwrap_or(&said).to_owned())
        } else {
            Err(text(&output))
        }
    }
}

fn file_name(index: usize) -> String {
    format!("document-{index:04}.xml")
}

fn catalog() -> String {
    let mut catalog = String::from(r#"<catalog xmlns="urn:oasis:names:tc:entity:xmlns:xml:catalog">"#);
    for (system_id, file) in IMPORTS {
        catalog.push_str(&format!(
            r#"<system systemId="{system_id}" uri="file://{XMLTOOLING}/{file}"/>"#
        ));
    }
    catalog + "</catalog>"
}

/// Every schema file, as text.
///
/// # Panics
///
/// Where a file that is installed cannot be read.
#[must_use]
pub fn schema_texts() -> Option<Vec<String>> {
    witness(&XMLLINT)?;
    let files = [OPENSAML, XMLTOOLING].iter().flat_map(|folder| {
        let entries = std::fs::read_dir(folder).expect("the schemas are installed");
        entries.map(|entry| entry.expect("the folder can be read").path())
    });
    let schemas = files.filter(|path| path.extension().is_some_and(|extension| extension == "xsd"));
    Some(
        schemas
            .map(|path| std::fs::read_to_string(path).expect("a schema is text"))
            .collect(),
    )
}
