//! Schedules of CronJobs: five fields of numbers, ranges and steps. Models robfig/cron's ParseStandard with its words.

/// A field's lowest and highest number, and the names that stand for numbers from the lowest on.
type Bounds = (u64, u64, &'static [&'static str]);

const FIELDS: [Bounds; 5] = [
    (0, 59, &[]),
    (0, 23, &[]),
    (1, 31, &[]),
    (1, 12, &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]),
    (0, 6, &["sun", "mon", "tue", "wed", "thu", "fri", "sat"]),
];

const NAMED: &[&str] = &["@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"];

/// What is wrong with a schedule.
pub fn check(schedule: &str) -> Option<String> {
    if schedule.starts_with('@') {
        let every = schedule.strip_prefix("@every ").is_some_and(|length| length.ends_with(['h', 'm', 's']));
        let known = every || NAMED.contains(&schedule);
        return (!known).then(|| format!("unrecognized descriptor: {schedule}"));
    }
    let fields: Vec<&str> = schedule.split_whitespace().collect();
    if fields.len() != FIELDS.len() {
        return Some(format!("expected exactly 5 fields, found {}: [{}]", fields.len(), fields.join(" ")));
    }
    fields.iter().zip(FIELDS).find_map(|(field, bounds)| {
        field.split(',').filter(|range| !range.is_empty()).find_map(|range| check_range(range, bounds).err())
    })
}

fn check_range(range: &str, (least, most, names): Bounds) -> Result<(), String> {
    let by_slash: Vec<&str> = range.split('/').collect();
    let by_hyphen: Vec<&str> = by_slash.first().map(|ends| ends.split('-').collect()).unwrap_or_default();
    let (start, mut end) = match by_hyphen.as_slice() {
        ["*" | "?", ..] => (least, most),
        [start] => number_or_name(start, least, names).map(|start| (start, start))?,
        [start, rest @ ..] => {
            let start = number_or_name(start, least, names)?;
            match rest {
                [end] => (start, number_or_name(end, least, names)?),
                _ => return Err(format!("too many hyphens: {range}")),
            }
        }
        [] => return Ok(()),
    };
    let step = match by_slash.as_slice() {
        [_] => 1,
        [_, step] => {
            if by_hyphen.len() == 1 {
                end = most;
            }
            number(step)?
        }
        _ => return Err(format!("too many slashes: {range}")),
    };
    let wrong = if start < least {
        format!("beginning of range ({start}) below minimum ({least})")
    } else if end > most {
        format!("end of range ({end}) above maximum ({most})")
    } else if start > end {
        format!("beginning of range ({start}) beyond end of range ({end})")
    } else if step == 0 {
        "step of range should be a positive number".to_owned()
    } else {
        return Ok(());
    };
    Err(format!("{wrong}: {range}"))
}

fn number_or_name(text: &str, least: u64, names: &[&str]) -> Result<u64, String> {
    let name = names.iter().zip(least..).find(|(name, _)| name.eq_ignore_ascii_case(text));
    name.map_or_else(|| number(text), |(_, number)| Ok(number))
}

fn number(text: &str) -> Result<u64, String> {
    match text.parse::<i64>() {
        Ok(number) if number < 0 => Err(format!("negative number ({number}) not allowed: {text}")),
        Ok(number) => Ok(number.unsigned_abs()),
        Err(_) => Err(format!("failed to parse int from {text}: strconv.Atoi: parsing \"{text}\": invalid syntax")),
    }
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn schedules_are_five_fields_within_their_bounds() {
        for (schedule, wanted) in [
            ("*/5 * * * *", ""),
            ("0 0 1-5 jan,MAR mon-fri", ""),
            ("@daily", ""),
            ("@every 5m", ""),
            ("@often", "unrecognized descriptor: @often"),
            ("every minute", "expected exactly 5 fields, found 2: [every minute]"),
            ("60 * * * *", "end of range (60) above maximum (59): 60"),
            ("* * 0 * *", "beginning of range (0) below minimum (1): 0"),
            ("5-1 * * * *", "beginning of range (5) beyond end of range (1): 5-1"),
            ("*/0 * * * *", "step of range should be a positive number: */0"),
            ("x * * * *", "failed to parse int from x: strconv.Atoi: parsing \"x\": invalid syntax"),
            ("1-2-3 * * * *", "too many hyphens: 1-2-3"),
        ] {
            assert_eq!(check(schedule).unwrap_or_default(), wanted, "{schedule}");
        }
    }
}
