//! A map that knows what came first, so that the oldest can be forgotten.

use std::borrow::Borrow;
use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;

/// Values by key, in the order in which they came. What is taken out leaves nothing behind, neither here nor in the order.
pub(crate) struct Aged<K, V> {
    by_key: HashMap<K, (u64, V)>,
    /// Keys by their number, oldest first.
    order: BTreeMap<u64, K>,
    next: u64,
}

impl<K, V> Default for Aged<K, V> {
    fn default() -> Self {
        Self {
            by_key: HashMap::new(),
            order: BTreeMap::new(),
            next: 0,
        }
    }
}

impl<K: Clone + Eq + Hash, V> Aged<K, V> {
    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.by_key.len()
    }

    /// Puts a value in as the newest; what was there under the key.
    pub(crate) fn insert(&mut self, key: K, value: V) -> Option<V> {
        let old = self.remove(&key);
        self.order.insert(self.next, key.clone());
        self.by_key.insert(key, (self.next, value));
        self.next += 1;
        old
    }

    /// The value under a key.
    pub(crate) fn get<Q>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        self.by_key.get(key).map(|(_, value)| value)
    }

    /// The value under a key, to change it; it grows no younger.
    pub(crate) fn get_mut<Q>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        self.by_key.get_mut(key).map(|(_, value)| value)
    }

    /// Keys and values, newest first.
    pub(crate) fn newest_first(&self) -> impl Iterator<Item = (&K, &V)> {
        let keys = self.order.values().rev();
        keys.filter_map(|key| self.by_key.get(key).map(|(_, value)| (key, value)))
    }

    /// Takes a value out.
    pub(crate) fn remove<Q>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
        Q: Eq + Hash + ?Sized,
    {
        let (number, value) = self.by_key.remove(key)?;
        self.order.remove(&number);
        Some(value)
    }

    /// Takes the oldest value out.
    pub(crate) fn pop_oldest(&mut self) -> Option<V> {
        let (_, key) = self.order.pop_first()?;
        self.by_key.remove(&key).map(|(_, value)| value)
    }

    /// Takes out what is not to be kept.
    pub(crate) fn retain(&mut self, mut keep: impl FnMut(&K, &V) -> bool) {
        let order = &mut self.order;
        self.by_key.retain(|key, (number, value)| {
            let kept = keep(key, value);
            if !kept {
                order.remove(number);
            }
            kept
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_goes_first_and_what_is_gone_leaves_nothing() {
        let mut aged = Aged::default();
        for (key, value) in [("a", 1), ("b", 2), ("c", 3), ("d", 4)] {
            assert_eq!(aged.insert(key, value), None);
        }
        assert_eq!(aged.remove("a"), Some(1));
        assert_eq!(aged.remove("a"), None);
        assert_eq!(aged.insert("b", 5), Some(2), "it is the newest now");
        aged.retain(|key, _| *key != "c");
        assert_eq!((aged.len(), aged.order.len()), (2, 2));
        if let Some(value) = aged.get_mut("b") {
            *value += 1;
        }
        assert_eq!(aged.get("b"), Some(&6));
        let newest: Vec<_> = aged.newest_first().collect();
        assert_eq!(newest, [(&"b", &6), (&"d", &4)]);
        assert_eq!(
            [aged.pop_oldest(), aged.pop_oldest(), aged.pop_oldest()],
            [Some(4), Some(6), None]
        );
        assert_eq!((aged.len(), aged.order.len()), (0, 0));
    }
}
