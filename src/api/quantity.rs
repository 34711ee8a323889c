//! `resource.Quantity`: amounts such as `500m`, `1.5Gi` or `1e3`, and the one way in which each is written.

use super::Value;
use std::fmt;

/// In which family of suffixes an amount was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Format {
    /// `n`, `u`, `m`, `k`, `M` ...
    #[default]
    Decimal,
    /// `Ki`, `Mi` ...
    Binary,
    /// `e3`.
    Exponent,
}

/// An amount, in billionths; nothing by default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quantity {
    billionths: i128,
    format: Format,
}

const ONE: i128 = 1_000_000_000;

/// Said of everything that is no quantity.
pub const WRONG: &str = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";

impl Quantity {
    /// Reads an amount, or gives the API server's words.
    pub fn parse(text: &str) -> Result<Quantity, &'static str> {
        let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
        let end = unsigned.find(|character: char| !(character.is_ascii_digit() || character == '.'));
        let (number, suffix) = unsigned.split_at(end.unwrap_or(unsigned.len()));
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if number.is_empty() || number == "." || fraction.contains('.') || !suffix_matches(suffix) {
            return Err(WRONG);
        }
        let (format, base, power) = suffix_of(suffix).ok_or("unable to parse quantity's suffix")?;
        let mut amount: i128 = 0;
        for digit in whole.bytes().chain(fraction.bytes()) {
            amount = amount.saturating_mul(10).saturating_add(i128::from(digit - b'0'));
        }
        // amount * base^power / 10^fraction, in billionths, rounded up as upstream does.
        let (mut numerator, mut denominator) = (ONE, 1i128);
        for _ in 0..power.unsigned_abs().min(30) {
            if power > 0 {
                numerator = numerator.saturating_mul(base);
            } else {
                denominator = denominator.saturating_mul(base);
            }
        }
        for _ in 0..fraction.len().min(30) {
            denominator = denominator.saturating_mul(10);
        }
        let product = amount.saturating_mul(numerator);
        let size = product / denominator + i128::from(product % denominator != 0);
        let billionths = if text.starts_with('-') { -size } else { size };
        Ok(Quantity { billionths, format })
    }

    /// The amount that a field holds: text, or a number as people write it. `None` for what is none.
    pub fn read(value: &Value) -> Option<Quantity> {
        match value {
            Value::String(text) => Quantity::parse(text).ok(),
            Value::Number(number) => Quantity::parse(&number.to_string()).ok(),
            _ => None,
        }
    }

    /// Both together, written as the first; as the second where the first is nothing. Models Quantity.Add.
    #[must_use]
    pub fn plus(self, other: Quantity) -> Quantity {
        let format = if self.billionths == 0 { other.format } else { self.format };
        Quantity { billionths: self.billionths.saturating_add(other.billionths), format }
    }

    /// What is left without `other`. Models Quantity.Sub.
    #[must_use]
    pub fn minus(self, other: Quantity) -> Quantity {
        Quantity { billionths: self.billionths.saturating_sub(other.billionths), ..self }
    }

    /// The amount in billionths, to compare and to add.
    pub fn billionths(self) -> i128 {
        self.billionths
    }

    /// The amount in whole units, rounded up.
    pub fn units(self) -> i128 {
        self.billionths.div_euclid(ONE) + i128::from(self.billionths.rem_euclid(ONE) != 0)
    }

    /// The amount in thousandths, rounded up: how CPU is counted.
    pub fn thousandths(self) -> i128 {
        let thousandth = ONE / 1000;
        self.billionths.div_euclid(thousandth) + i128::from(self.billionths.rem_euclid(thousandth) != 0)
    }
}

/// `^[eEinumkKMGTP]*[-+]?[0-9]*$`
fn suffix_matches(suffix: &str) -> bool {
    let rest = suffix.trim_start_matches(|character| "eEinumkKMGTP".contains(character));
    let rest = rest.strip_prefix(['+', '-']).unwrap_or(rest);
    rest.bytes().all(|byte| byte.is_ascii_digit())
}

fn suffix_of(suffix: &str) -> Option<(Format, i128, i32)> {
    let decimal = |power| Some((Format::Decimal, 10, power));
    let binary = |power| Some((Format::Binary, 1024, power));
    match suffix {
        "n" => decimal(-9),
        "u" => decimal(-6),
        "m" => decimal(-3),
        "" => decimal(0),
        "k" => decimal(3),
        "M" => decimal(6),
        "G" => decimal(9),
        "T" => decimal(12),
        "P" => decimal(15),
        "E" => decimal(18),
        "Ki" => binary(1),
        "Mi" => binary(2),
        "Gi" => binary(3),
        "Ti" => binary(4),
        "Pi" => binary(5),
        "Ei" => binary(6),
        _ => {
            let exponent = suffix.strip_prefix(['e', 'E'])?.parse::<i32>().ok()?;
            Some((Format::Exponent, 10, exponent))
        }
    }
}

impl fmt::Display for Quantity {
    /// The canonical form: no fraction, and the largest suffix that allows that. Models Quantity.CanonicalizeBytes.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.billionths == 0 {
            return write!(out, "0");
        }
        let whole = self.billionths % ONE == 0;
        let units = self.billionths / ONE;
        if self.format == Format::Binary && whole && units.abs() >= 1024 {
            let (mut number, mut power) = (units, 0usize);
            while number % 1024 == 0 && power < 6 {
                number /= 1024;
                power += 1;
            }
            let suffix = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"].get(power).copied().unwrap_or("");
            return write!(out, "{number}{suffix}");
        }
        let (mut number, mut exponent) = (self.billionths, -9);
        while number % 1000 == 0 && exponent < 18 {
            number /= 1000;
            exponent += 3;
        }
        if self.format == Format::Exponent {
            return if exponent == 0 { write!(out, "{number}") } else { write!(out, "{number}e{exponent}") };
        }
        let suffix = match exponent {
            -9 => "n",
            -6 => "u",
            -3 => "m",
            3 => "k",
            6 => "M",
            9 => "G",
            12 => "T",
            15 => "P",
            18 => "E",
            _ => "",
        };
        write!(out, "{number}{suffix}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_written_in_one_way() {
        for (text, canonical) in [
            ("1", "1"),
            ("1000m", "1"),
            ("0.5", "500m"),
            ("1500m", "1500m"),
            ("1024Mi", "1Gi"),
            ("1.5Gi", "1536Mi"),
            ("0.5Ki", "512"),
            ("1000", "1k"),
            ("100000", "100k"),
            ("1e3", "1e3"),
            ("-5", "-5"),
            ("0", "0"),
            ("0.1", "100m"),
            ("64Mi", "64Mi"),
            ("1200Ki", "1200Ki"),
        ] {
            assert_eq!(Quantity::parse(text).unwrap().to_string(), canonical, "{text}");
        }
        let sum =
            |one: &str, other: &str| Quantity::parse(one).unwrap().plus(Quantity::parse(other).unwrap()).to_string();
        assert_eq!(sum("0", "64Mi"), "64Mi");
        assert_eq!(sum("960Mi", "64M"), "1045540Ki");
        assert_eq!(sum("900m", "100m"), "1");
        assert_eq!(Quantity::parse("lots"), Err(WRONG));
        assert_eq!(Quantity::parse(""), Err(WRONG));
        assert_eq!(Quantity::parse("1MM"), Err("unable to parse quantity's suffix"));
        assert_eq!(Quantity::parse("1.1Ki").unwrap().units(), 1127);
    }
}
