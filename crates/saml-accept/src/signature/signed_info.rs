//! `ds:SignedInfo`: what was signed, how, and with which algorithms. Everything outside the allow lists is
//! refused by name.

use openssl::hash::MessageDigest;
use saml_model::names;

use super::{LIMIT_PREFIXES, LIMIT_SIGNED_INFO_BYTES, Sha1, SignatureError};
use crate::c14n::{C14nError, Exclusive, canonicalize_within, limit_of};
use crate::malformed::Malformed;
use crate::sequence::{Foreign, Sequence, only_attributes, required};
use crate::xml::{Element, is_ncname, is_space};

/// The kind of key a signature method needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KeyKind {
    Ec,
    Rsa,
}

/// The hash functions of the allow lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hash {
    Sha1,
    Sha256,
    Sha384,
    Sha512,
}

impl Hash {
    fn message_digest(self) -> MessageDigest {
        match self {
            Self::Sha1 => MessageDigest::sha1(),
            Self::Sha256 => MessageDigest::sha256(),
            Self::Sha384 => MessageDigest::sha384(),
            Self::Sha512 => MessageDigest::sha512(),
        }
    }

    fn check(self, sha1: Sha1, uri: &'static str) -> Result<(), SignatureError> {
        if self == Self::Sha1 && sha1 == Sha1::Refused {
            return Err(SignatureError::Sha1Refused { uri });
        }
        Ok(())
    }
}

/// The signature methods that are accepted (RFC 9231).
const SIGNATURE_METHODS: [SignatureMethod; 8] = [
    SignatureMethod {
        uri: names::SIG_RSA_SHA256,
        key: KeyKind::Rsa,
        hash: Hash::Sha256,
    },
    SignatureMethod {
        uri: names::SIG_RSA_SHA384,
        key: KeyKind::Rsa,
        hash: Hash::Sha384,
    },
    SignatureMethod {
        uri: names::SIG_RSA_SHA512,
        key: KeyKind::Rsa,
        hash: Hash::Sha512,
    },
    SignatureMethod {
        uri: names::SIG_ECDSA_SHA256,
        key: KeyKind::Ec,
        hash: Hash::Sha256,
    },
    SignatureMethod {
        uri: names::SIG_ECDSA_SHA384,
        key: KeyKind::Ec,
        hash: Hash::Sha384,
    },
    SignatureMethod {
        uri: names::SIG_ECDSA_SHA512,
        key: KeyKind::Ec,
        hash: Hash::Sha512,
    },
    SignatureMethod {
        uri: names::SIG_RSA_SHA1,
        key: KeyKind::Rsa,
        hash: Hash::Sha1,
    },
    SignatureMethod {
        uri: names::SIG_ECDSA_SHA1,
        key: KeyKind::Ec,
        hash: Hash::Sha1,
    },
];

/// The digest methods that are accepted.
const DIGEST_METHODS: [DigestMethod; 4] = [
    DigestMethod {
        uri: names::DIGEST_SHA256,
        hash: Hash::Sha256,
    },
    DigestMethod {
        uri: names::DIGEST_SHA384,
        hash: Hash::Sha384,
    },
    DigestMethod {
        uri: names::DIGEST_SHA512,
        hash: Hash::Sha512,
    },
    DigestMethod {
        uri: names::DIGEST_SHA1,
        hash: Hash::Sha1,
    },
];

/// An accepted `SignatureMethod`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SignatureMethod {
    uri: &'static str,
    key: KeyKind,
    hash: Hash,
}

impl SignatureMethod {
    pub(super) fn uri(self) -> &'static str {
        self.uri
    }

    pub(super) fn key_kind(self) -> KeyKind {
        self.key
    }

    pub(super) fn hash(self) -> MessageDigest {
        self.hash.message_digest()
    }

    /// The method with this URI, if it is accepted.
    pub(super) fn named(uri: &str) -> Option<Self> {
        SIGNATURE_METHODS.into_iter().find(|method| method.uri == uri)
    }

    fn read(element: Element<'_>, sha1: Sha1) -> Result<Self, SignatureError> {
        let uri = algorithm(element)?;
        let method =
            Self::named(uri).ok_or_else(|| SignatureError::SignatureMethodRefused { uri: uri.to_owned() })?;
        method.hash.check(sha1, method.uri)?;
        // Parameters, such as HMACOutputLength, belong to methods that are not accepted.
        childless(element)?;
        Ok(method)
    }
}

/// An accepted `DigestMethod`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct DigestMethod {
    uri: &'static str,
    hash: Hash,
}

impl DigestMethod {
    pub(super) fn uri(self) -> &'static str {
        self.uri
    }

    pub(super) fn hash(self) -> MessageDigest {
        self.hash.message_digest()
    }

    fn read(element: Element<'_>, sha1: Sha1) -> Result<Self, SignatureError> {
        let uri = algorithm(element)?;
        let method = DIGEST_METHODS
            .into_iter()
            .find(|method| method.uri == uri)
            .ok_or_else(|| SignatureError::DigestMethodRefused { uri: uri.to_owned() })?;
        method.hash.check(sha1, method.uri)?;
        childless(element)?;
        Ok(method)
    }
}

/// Exclusive canonicalisation with its parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Canonicalization {
    with_comments: bool,
    prefixes: Vec<String>,
}

impl Canonicalization {
    /// The method of a `SignedInfo` that is not canonical yet.
    pub(super) fn of_signed_info(signed_info: Element<'_>) -> Result<Self, SignatureError> {
        let mut children = Sequence::of(signed_info).map_err(SignatureError::Structure)?;
        let method = children
            .required(names::NS_DSIG, "CanonicalizationMethod")
            .map_err(SignatureError::Structure)?;
        Self::read(method)?.ok_or_else(|| SignatureError::CanonicalizationRefused { uri: uri_of(method) })
    }

    /// Reads the parameters of a method or a transform; `None` if it is another algorithm.
    fn read(element: Element<'_>) -> Result<Option<Self>, SignatureError> {
        let with_comments = match algorithm(element)? {
            names::C14N_EXCLUSIVE => false,
            names::C14N_EXCLUSIVE_WITH_COMMENTS => true,
            _ => return Ok(None),
        };
        let mut children = Sequence::of(element).map_err(SignatureError::Structure)?;
        let inclusive = children.optional(names::C14N_EXCLUSIVE, "InclusiveNamespaces");
        children.end().map_err(SignatureError::Structure)?;
        let prefixes = inclusive.map(prefix_list).transpose()?.unwrap_or_default();
        Ok(Some(Self {
            with_comments,
            prefixes,
        }))
    }

    /// The canonical form of a `SignedInfo`, [`LIMIT_SIGNED_INFO_BYTES`] at most: it is anybody's.
    pub(super) fn of_method(&self, signed_info: Element<'_>) -> Result<String, C14nError> {
        self.apply(signed_info, None, self.with_comments, LIMIT_SIGNED_INFO_BYTES)
    }

    /// The canonical form of the signed element. Comments are never in it, whatever the method: a reference
    /// of the form `#id` selects the element without its comments (xmldsig-core1 4.4.3.3). A genuine `SignedInfo` may stand
    /// beside any content, so that its size is held against the message's.
    pub(super) fn of_reference(
        &self,
        element: Element<'_>,
        signature: Element<'_>,
    ) -> Result<String, C14nError> {
        self.apply(element, Some(signature), false, limit_of(element.document))
    }

    fn apply(
        &self,
        element: Element<'_>,
        excluded: Option<Element<'_>>,
        with_comments: bool,
        limit: usize,
    ) -> Result<String, C14nError> {
        let prefixes: Vec<_> = self.prefixes.iter().map(String::as_str).collect();
        let mode = Exclusive {
            with_comments,
            inclusive_prefixes: &prefixes,
        };
        canonicalize_within(element, &mode, excluded, limit)
    }
}

/// The `PrefixList` of `ec:InclusiveNamespaces`.
fn prefix_list(element: Element<'_>) -> Result<Vec<String>, SignatureError> {
    let read = || -> Result<Vec<String>, Malformed> {
        only_attributes(element, &["PrefixList"], Foreign::Refused)?;
        Sequence::of(element)?.end()?;
        let list = required(element, "PrefixList")?;
        let prefixes = list.split(is_space).filter(|prefix| !prefix.is_empty());
        prefixes
            .take(LIMIT_PREFIXES + 1)
            .map(|prefix| {
                let sound = prefix == "#default" || is_ncname(prefix);
                let bad = || crate::sequence::bad_value(element, "PrefixList", prefix, "a prefix");
                if sound { Ok(prefix.to_owned()) } else { Err(bad()) }
            })
            .collect()
    };
    let prefixes = read().map_err(SignatureError::Structure)?;
    if prefixes.len() > LIMIT_PREFIXES {
        return Err(SignatureError::PrefixList {
            limit: LIMIT_PREFIXES,
        });
    }
    Ok(prefixes)
}

/// A `ds:SignedInfo`, read from its canonical form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SignedInfo {
    pub(super) signature: SignatureMethod,
    pub(super) transform: Canonicalization,
    pub(super) digest: DigestMethod,
    pub(super) digest_value: String,
    uri: Option<String>,
}

impl SignedInfo {
    pub(super) fn read(element: Element<'_>, sha1: Sha1) -> Result<Self, SignatureError> {
        let structure = SignatureError::Structure;
        let mut children = Sequence::of(element).map_err(structure)?;
        children
            .required(names::NS_DSIG, "CanonicalizationMethod")
            .map_err(structure)?;
        let method = children
            .required(names::NS_DSIG, "SignatureMethod")
            .map_err(structure)?;
        let references = children.many(names::NS_DSIG, "Reference");
        children.end().map_err(structure)?;
        let signature = SignatureMethod::read(method, sha1)?;
        match references.as_slice() {
            [] => Err(SignatureError::NoReference),
            [reference] => Self::reference(*reference, signature, sha1),
            _ => Err(SignatureError::SecondReference),
        }
    }

    fn reference(
        reference: Element<'_>,
        signature: SignatureMethod,
        sha1: Sha1,
    ) -> Result<Self, SignatureError> {
        let structure = SignatureError::Structure;
        only_attributes(reference, &["Id", "Type", "URI"], Foreign::Refused).map_err(structure)?;
        let mut children = Sequence::of(reference).map_err(structure)?;
        let transforms = children
            .optional(names::NS_DSIG, "Transforms")
            .ok_or(SignatureError::Transforms)?;
        let digest = children
            .required(names::NS_DSIG, "DigestMethod")
            .map_err(structure)?;
        let value = children
            .required(names::NS_DSIG, "DigestValue")
            .map_err(structure)?;
        children.end().map_err(structure)?;
        Ok(Self {
            signature,
            transform: transform(transforms)?,
            digest: DigestMethod::read(digest, sha1)?,
            digest_value: value.text().map_err(|error| structure(error.into()))?,
            uri: reference.attribute("URI").map(str::to_owned),
        })
    }

    /// The reference must be `#` and the ID of the element around the signature: no empty URI, no XPointer.
    pub(super) fn check_reference(&self, id: &str) -> Result<(), SignatureError> {
        if self.uri.as_deref().and_then(|uri| uri.strip_prefix('#')) == Some(id) {
            return Ok(());
        }
        Err(SignatureError::ReferenceElsewhere {
            found: self.uri.clone(),
            id: id.to_owned(),
        })
    }
}

/// Exactly enveloped-signature, then exclusive canonicalisation.
fn transform(transforms: Element<'_>) -> Result<Canonicalization, SignatureError> {
    let mut children = Sequence::of(transforms).map_err(SignatureError::Structure)?;
    let all = children.many(names::NS_DSIG, "Transform");
    children.end().map_err(SignatureError::Structure)?;
    // A transform that is refused is named, however many there are; the first will do.
    for transform in &all {
        let uri = algorithm(*transform)?;
        if !matches!(
            uri,
            names::TRANSFORM_ENVELOPED | names::C14N_EXCLUSIVE | names::C14N_EXCLUSIVE_WITH_COMMENTS
        ) {
            return Err(SignatureError::TransformRefused { uri: uri.to_owned() });
        }
    }
    let [enveloped, exclusive] = all.as_slice() else {
        return Err(SignatureError::Transforms);
    };
    if algorithm(*enveloped)? != names::TRANSFORM_ENVELOPED {
        return Err(SignatureError::Transforms);
    }
    childless(*enveloped)?;
    Canonicalization::read(*exclusive)?.ok_or(SignatureError::Transforms)
}

fn algorithm(element: Element<'_>) -> Result<&str, SignatureError> {
    only_attributes(element, &["Algorithm"], Foreign::Refused)
        .and_then(|()| required(element, "Algorithm"))
        .map_err(SignatureError::Structure)
}

fn uri_of(element: Element<'_>) -> String {
    element.attribute("Algorithm").unwrap_or_default().to_owned()
}

fn childless(element: Element<'_>) -> Result<(), SignatureError> {
    Sequence::of(element)
        .and_then(Sequence::end)
        .map_err(SignatureError::Structure)
}
